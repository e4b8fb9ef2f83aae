//! Counters of requests, and the text of `/metrics`.
//!
//! Labels are names of routes, methods and statuses, never anything that a caller chose.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use hub::Figures;
use llm::Usage;

/// The upper ends of the histogram of times, in milliseconds: from a page out of memory to an answer
/// that is computed on a slow machine.
const TIME_ENDS_MS: [u64; 10] = [1, 5, 20, 50, 100, 250, 1_000, 2_500, 10_000, 60_000];

/// The route of a request that matched none or was refused by the guard.
pub(crate) const NO_ROUTE: &str = "none";

#[derive(Debug, Default, Clone)]
struct Times {
    counts: [u64; TIME_ENDS_MS.len()],
    count: u64,
    sum_us: u64,
}

#[derive(Debug, Default)]
struct Tally {
    requests: BTreeMap<(String, &'static str, u16), u64>,
    times: BTreeMap<String, Times>,
}

/// Counters of requests, and of what answers to API callers cost.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    tally: Mutex<Tally>,
    answers: AtomicU64,
    prompt_tokens: AtomicU64,
    cached_tokens: AtomicU64,
    completion_tokens: AtomicU64,
}

impl Metrics {
    /// Counts a request whose response began after `took`.
    pub(crate) fn count(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (route.to_owned(), method_label(method), status.as_u16());
        *tally.requests.entry(key).or_default() += 1;
        let times = tally.times.entry(route.to_owned()).or_default();
        for (end, count) in TIME_ENDS_MS.iter().zip(&mut times.counts) {
            if took <= Duration::from_millis(*end) {
                *count += 1;
            }
        }
        times.count += 1;
        times.sum_us += u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    }

    /// Counts an answer that was written to its end.
    pub(crate) fn answered(&self, usage: &Usage) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        for (counter, more) in [
            (&self.prompt_tokens, usage.prompt_tokens),
            (&self.cached_tokens, usage.cached_tokens),
            (&self.completion_tokens, usage.completion_tokens),
        ] {
            counter.fetch_add(more.into(), Ordering::Relaxed);
        }
    }

    /// The text for Prometheus, version 0.0.4 of its format.
    pub(crate) fn text(&self, hub: &Figures, answering: usize) -> String {
        let mut text = hub_text(hub, answering);
        for (name, help, counter) in [
            (
                "answers",
                "Answers written to API callers to their end.",
                &self.answers,
            ),
            (
                "prompt_tokens",
                "Tokens that models read for API callers.",
                &self.prompt_tokens,
            ),
            (
                "cached_tokens",
                "Of these, tokens still known.",
                &self.cached_tokens,
            ),
            (
                "completion_tokens",
                "Tokens written to API callers.",
                &self.completion_tokens,
            ),
        ] {
            let name = format!("hai_net_api_{name}_total");
            head(&mut text, &name, "counter", help);
            line(&mut text, &name, "", &counter.load(Ordering::Relaxed));
        }
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        head(
            &mut text,
            "hai_net_http_requests_total",
            "counter",
            "Requests by route.",
        );
        for ((route, method, status), count) in &tally.requests {
            let labels = format!("route=\"{route}\",method=\"{method}\",status=\"{status}\"");
            line(&mut text, "hai_net_http_requests_total", &labels, count);
        }
        let name = "hai_net_http_response_seconds";
        head(
            &mut text,
            name,
            "histogram",
            "Time until a response began, by route.",
        );
        for (route, times) in &tally.times {
            for (end, count) in TIME_ENDS_MS.iter().zip(times.counts) {
                let labels = format!("route=\"{route}\",le=\"{}\"", seconds(end * 1_000));
                line(&mut text, &format!("{name}_bucket"), &labels, &count);
            }
            let labels = format!("route=\"{route}\",le=\"+Inf\"");
            line(&mut text, &format!("{name}_bucket"), &labels, &times.count);
            let labels = format!("route=\"{route}\"");
            line(
                &mut text,
                &format!("{name}_sum"),
                &labels,
                &seconds(times.sum_us),
            );
            line(&mut text, &format!("{name}_count"), &labels, &times.count);
        }
        text
    }
}

fn hub_text(hub: &Figures, answering: usize) -> String {
    let mut text = String::new();
    let name = "hai_net_answers_total";
    head(&mut text, name, "counter", "Answers by how they ended.");
    line(&mut text, name, "end=\"done\"", &hub.answers_done);
    line(&mut text, name, "end=\"stopped\"", &hub.answers_stopped);
    line(&mut text, name, "end=\"failed\"", &hub.answers_failed);
    for (name, kind, help, value) in [
        (
            "prompt_tokens_total",
            "counter",
            "Tokens that models read.",
            hub.prompt_tokens,
        ),
        (
            "cached_tokens_total",
            "counter",
            "Of these, tokens still known.",
            hub.cached_tokens,
        ),
        (
            "completion_tokens_total",
            "counter",
            "Tokens that models wrote.",
            hub.completion_tokens,
        ),
        (
            "asks_total",
            "counter",
            "Asks of front ends that were answered.",
            hub.asks,
        ),
        (
            "uptime_seconds",
            "gauge",
            "Seconds since the start.",
            hub.uptime_s,
        ),
        (
            "model_loaded",
            "gauge",
            "1 when a model is in memory.",
            hub.model_loaded.into(),
        ),
        (
            "api_answering",
            "gauge",
            "Answers that API callers wait for.",
            answering as u64,
        ),
    ] {
        let name = format!("hai_net_{name}");
        head(&mut text, &name, kind, help);
        line(&mut text, &name, "", &value);
    }
    let name = "hai_net_decode_seconds_total";
    head(
        &mut text,
        name,
        "counter",
        "Seconds that models spent writing.",
    );
    line(&mut text, name, "", &seconds(hub.decode_us));
    text
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &str, value: &dyn std::fmt::Display) {
    let _ = if labels.is_empty() {
        writeln!(text, "{name} {value}")
    } else {
        writeln!(text, "{name}{{{labels}}} {value}")
    };
}

/// Microseconds as seconds in decimal digits, exactly.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// The method, or `OTHER`: a caller can invent methods, and each would take memory here.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_methods_do_not_make_new_series() {
        let metrics = Metrics::default();
        for n in 0..100 {
            let method = Method::from_bytes(format!("X{n}").as_bytes()).expect("a token");
            metrics.count(NO_ROUTE, &method, StatusCode::NOT_FOUND, Duration::ZERO);
        }
        let text = metrics.text(&Figures::default(), 0);
        let line =
            "hai_net_http_requests_total{route=\"none\",method=\"OTHER\",status=\"404\"} 100";
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn histogram_counts_each_time_in_every_bucket_from_its_own_on() {
        let metrics = Metrics::default();
        metrics.count(
            "/v1/models",
            &Method::GET,
            StatusCode::OK,
            Duration::from_millis(3),
        );
        let text = metrics.text(&Figures::default(), 2);
        for line in [
            "hai_net_http_response_seconds_bucket{route=\"/v1/models\",le=\"0.001000\"} 0",
            "hai_net_http_response_seconds_bucket{route=\"/v1/models\",le=\"0.005000\"} 1",
            "hai_net_http_response_seconds_bucket{route=\"/v1/models\",le=\"+Inf\"} 1",
            "hai_net_http_response_seconds_sum{route=\"/v1/models\"} 0.003000",
            "hai_net_api_answering 2",
        ] {
            assert!(text.contains(line), "{line} must be in\n{text}");
        }
    }
}
