//! Renders the chat template that a model brings: a program in Jinja, written by a stranger.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use minijinja::{Environment, Error, ErrorKind, context};
use minijinja_contrib::pycompat::unknown_method_callback;
use serde::Serialize;

/// The longest template. The longest in use, with tools and reasoning, has 30 000 bytes.
const TEMPLATE_BYTES_MAX: usize = 256 * 1024;

/// Steps that a template may take for itself, and for each turn. Real ones take about 100 a turn.
const STEPS: u64 = 100_000;
const STEPS_PER_TURN: u64 = 5_000;

/// How much longer than what was said the rendered conversation may be, for all and for each turn.
const EXTRA_BYTES: usize = 64 * 1024;
const EXTRA_BYTES_PER_TURN: usize = 4 * 1024;

const NAME: &str = "chat";

/// A template that was understood.
pub(crate) struct Template {
    environment: Environment<'static>,
    begin_token: String,
    end_token: String,
}

/// One turn, as templates know it.
#[derive(Serialize)]
pub(crate) struct Message {
    pub(crate) role: String,
    pub(crate) content: String,
}

impl Template {
    /// Reads a template; the tokens are the texts that begin and end a text for this model.
    pub(crate) fn new(source: &str, begin: String, end: String) -> Result<Self, Error> {
        if source.len() > TEMPLATE_BYTES_MAX {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "the template is too long",
            ));
        }
        let mut environment = Environment::new();
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.add_function(
            "raise_exception",
            |reason: String| -> Result<String, Error> {
                Err(Error::new(ErrorKind::InvalidOperation, reason))
            },
        );
        environment.add_function("strftime_now", |format: String| {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            date(&format, now.as_secs())
        });
        environment.add_template_owned(NAME, source.to_owned())?;
        Ok(Self {
            environment,
            begin_token: begin,
            end_token: end,
        })
    }

    /// The text of a conversation; with `answer`, up to where the model goes on.
    pub(crate) fn render(&mut self, messages: &[Message], answer: bool) -> Result<String, Error> {
        let turns = messages.len();
        let said: usize = messages.iter().map(|message| message.content.len()).sum();
        self.environment
            .set_fuel(Some(STEPS + STEPS_PER_TURN * turns as u64));
        let left = 2 * said + EXTRA_BYTES + EXTRA_BYTES_PER_TURN * turns;
        let mut text = Limited {
            bytes: Vec::new(),
            left,
        };
        self.environment.get_template(NAME)?.render_captured_to(
            context! {
                messages,
                add_generation_prompt => answer,
                bos_token => self.begin_token,
                eos_token => self.end_token,
            },
            &mut text,
        )?;
        String::from_utf8(text.bytes)
            .map_err(|_| Error::new(ErrorKind::InvalidOperation, "the template wrote no text"))
    }
}

struct Limited {
    bytes: Vec<u8>,
    left: usize,
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.left = self
            .left
            .checked_sub(bytes.len())
            .ok_or_else(|| std::io::Error::other("the template writes too much"))?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// `strftime` in UTC, for what templates ask: the worker knows no time zone.
fn date(format: &str, now_s: u64) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = [
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
    ];
    let (days, second) = (now_s / 86_400, now_s % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let month_name = MONTHS[usize::try_from(month - 1).unwrap_or(0) % 12];
    let day_name = DAYS[usize::try_from(days % 7).unwrap_or(0)];
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('Y') => text += &year.to_string(),
            Some('m') => text += &format!("{month:02}"),
            Some('d') => text += &format!("{day:02}"),
            Some('H') => text += &format!("{hour:02}"),
            Some('M') => text += &format!("{minute:02}"),
            Some('S') => text += &format!("{second:02}"),
            Some('B') => text += month_name,
            Some('b') => text += &month_name[..3],
            Some('A') => text += day_name,
            Some('a') => text += &day_name[..3],
            Some('%') | None => text.push('%'),
            Some(other) => text.extend(['%', other]),
        }
    }
    text
}

/// Year, month and day of a day since 1970 (H. Hinnant, “chrono-compatible low-level date algorithms”).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(role: &str, content: &str) -> Message {
        Message {
            role: role.into(),
            content: content.into(),
        }
    }

    fn rendered(source: &str, messages: &[Message]) -> Result<String, Error> {
        Template::new(source, "<s>".into(), "</s>".into())?.render(messages, true)
    }

    #[test]
    fn template_with_python_methods_renders() {
        let source = "{{ bos_token }}{% for m in messages %}\n\
            [{{ m['role'].upper() }}] {{ m.content.strip().split('x')[0] }}\n\
            {% endfor %}{% if add_generation_prompt %}[A]{% endif %}";
        let text = rendered(source, &[say("user", "  hi x there ")]).expect("a fine template");
        assert_eq!(text, "<s>[USER] hi \n[A]");
    }

    #[test]
    fn template_that_never_ends_or_floods_is_stopped() {
        for source in [
            "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
            "{% for i in range(90000) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}",
            "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        ] {
            assert!(rendered(source, &[say("user", "hi")]).is_err(), "{source}");
        }
    }

    #[test]
    fn template_may_refuse_a_conversation() {
        let error = rendered("{{ raise_exception('roles must alternate') }}", &[]);
        assert!(
            error
                .expect_err("it raises")
                .to_string()
                .contains("roles must alternate")
        );
    }

    #[test]
    fn dates_are_right() {
        assert_eq!(
            date("%d %b %Y %H:%M:%S %A %%", 0),
            "01 Jan 1970 00:00:00 Thursday %"
        );
        assert_eq!(date("%Y-%m-%d %a", 1_709_210_096), "2024-02-29 Thu");
    }
}
