//! Checks what is asked before anything is computed for it.

use wire::engine::{EngineFault, Generation, Sampling};

/// The most stop texts, and the longest one.
const STOPS_MAX: usize = 16;
const STOP_BYTES_MAX: usize = 1024;

/// The most biases.
const BIASES_MAX: usize = 1024;

/// The most alternatives reported for each token, as in the OpenAI API.
const ALTERNATIVES_MAX: u8 = 20;

/// Whether this can be worked on, apart from its prompt.
pub(crate) fn check(what: &Generation) -> Result<(), EngineFault> {
    check_sampling(&what.sampling)?;
    if what.stop.len() > STOPS_MAX {
        return Err(refused(&format!(
            "at most {STOPS_MAX} stop texts can be given"
        )));
    }
    if what
        .stop
        .iter()
        .any(|stop| stop.is_empty() || stop.len() > STOP_BYTES_MAX)
    {
        return Err(refused(&format!(
            "a stop text has 1 to {STOP_BYTES_MAX} bytes"
        )));
    }
    if what
        .logprobs
        .is_some_and(|alternatives| alternatives > ALTERNATIVES_MAX)
    {
        return Err(refused(&format!(
            "at most {ALTERNATIVES_MAX} alternatives can be reported"
        )));
    }
    Ok(())
}

fn check_sampling(sampling: &Sampling) -> Result<(), EngineFault> {
    let within = |name: &str, value: f32, least: f32, most: f32| {
        if value.is_finite() && (least..=most).contains(&value) {
            Ok(())
        } else {
            Err(refused(&format!(
                "`{name}` lies between {least} and {most}"
            )))
        }
    };
    within("temperature", sampling.temperature, 0.0, 100.0)?;
    within("top_p", sampling.top_p, 0.0, 1.0)?;
    within("min_p", sampling.min_p, 0.0, 1.0)?;
    within("repeat_penalty", sampling.repeat_penalty, 0.01, 100.0)?;
    within(
        "frequency_penalty",
        sampling.frequency_penalty,
        -100.0,
        100.0,
    )?;
    within("presence_penalty", sampling.presence_penalty, -100.0, 100.0)?;
    if sampling.logit_bias.len() > BIASES_MAX {
        return Err(refused(&format!(
            "at most {BIASES_MAX} biases can be given"
        )));
    }
    sampling
        .logit_bias
        .values()
        .try_for_each(|&bias| within("logit_bias", bias, -1000.0, 1000.0))
}

pub(crate) fn refused(reason: &str) -> EngineFault {
    EngineFault::BadRequest {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wire::engine::{Overflow, Prompt};

    use super::*;

    fn generation(change: impl FnOnce(&mut Generation)) -> Generation {
        let mut what = Generation {
            prompt: Prompt::Text("hi".into()),
            sampling: Sampling::default(),
            constraint: None,
            tokens_max: None,
            stop: Vec::new(),
            logprobs: None,
            overflow: Overflow::Stop,
            holds_private: false,
            is_whole: false,
        };
        change(&mut what);
        what
    }

    #[test]
    fn numbers_out_of_range_are_refused_by_name() {
        assert_eq!(check(&generation(|_| ())), Ok(()));
        for (name, what) in [
            ("temperature", generation(|w| w.sampling.temperature = -0.1)),
            ("top_p", generation(|w| w.sampling.top_p = f32::NAN)),
            ("min_p", generation(|w| w.sampling.min_p = 1.5)),
            (
                "repeat_penalty",
                generation(|w| w.sampling.repeat_penalty = 0.0),
            ),
            (
                "logit_bias",
                generation(|w| w.sampling.logit_bias = [(1, f32::INFINITY)].into()),
            ),
            ("stop", generation(|w| w.stop = vec![String::new()])),
            ("alternatives", generation(|w| w.logprobs = Some(21))),
        ] {
            let fault = check(&what).expect_err(name);
            assert!(fault.to_string().contains(name), "{name}: {fault}");
        }
    }
}
