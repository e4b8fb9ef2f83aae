//! The worker's life: started when asked, restarted when it dies, ended when idle.

use std::process::Command;
use std::time::{Duration, Instant};

use llm::{EngineSetup, EngineStatus, ModelError};

use crate::kit::{
    answer, engine, engine_with, first_text, greedy, pid_when_ready, rest, setup, try_answer,
    until, user, worker,
};

fn kill(pid: u32) {
    let killed = Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status()
        .expect("kill runs");
    assert!(killed.success());
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[tokio::test]
async fn worker_starts_with_the_first_question_and_ends_with_the_engine() {
    let (engine, model) = engine();
    assert_eq!(*engine.status().borrow(), EngineStatus::Off);
    answer(&model, greedy(user("Hi"), 2)).await;
    let pid = pid_when_ready(&engine).await;
    let status = engine.status().borrow().clone();
    let EngineStatus::Ready { facts, devices, .. } = status else {
        panic!("not {status:?}")
    };
    assert!(
        facts.parameters > 100_000_000 && facts.has_chat_template,
        "{facts:?}"
    );
    assert!(
        devices.iter().any(|device| device.starts_with("CPU")),
        "{devices:?}"
    );
    engine.shutdown(Duration::from_secs(5)).await;
    assert!(!is_alive(pid), "the worker is gone when shutdown returns");
    engine.shutdown(Duration::from_secs(5)).await;
    let error = try_answer(&model, greedy(user("Hi"), 2))
        .await
        .expect_err("closed");
    assert_eq!(error, ModelError::Closing);
}

#[tokio::test]
async fn killed_worker_fails_the_answer_and_the_next_question_works_within_two_seconds() {
    let (engine, model) = engine();
    answer(&model, greedy(user("Hi"), 1)).await;
    let mut answering = model
        .generate(greedy(user("Tell me a very long story."), 1000))
        .await
        .expect("it begins");
    first_text(&mut answering).await;
    let pid = pid_when_ready(&engine).await;
    kill(pid);
    let begun = Instant::now();
    let error = rest(&mut answering).await.expect_err("the worker is dead");
    assert_eq!(error, ModelError::WorkerDied);
    let other = |status: &EngineStatus| matches!(status, EngineStatus::Ready { pid: now, .. } if *now != pid);
    until(&engine, other).await;
    let back = begun.elapsed();
    answer(&model, greedy(user("Hi"), 1)).await;
    assert!(
        back < Duration::from_secs(2),
        "the worker was back after {back:?}"
    );
    assert_eq!(engine.stats().deaths, 1);
}

#[tokio::test]
async fn crash_loop_is_slowed_down_and_told() {
    let (engine, model) = engine();
    for _ in 0..4 {
        answer(&model, greedy(user("Hi"), 1)).await;
        let pid = pid_when_ready(&engine).await;
        kill(pid);
        until(
            &engine,
            |s| !matches!(s, EngineStatus::Ready { pid: now, .. } if *now == pid),
        )
        .await;
    }
    let error = try_answer(&model, greedy(user("Hi"), 1))
        .await
        .expect_err("it waits");
    assert!(error.to_string().contains("keeps stopping"), "{error}");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    answer(&model, greedy(user("Hi"), 1)).await;
}

#[tokio::test]
async fn idle_worker_ends_and_comes_back_when_asked() {
    let after = Duration::from_millis(600);
    let (engine, model) = engine_with(EngineSetup {
        unload_after: Some(after),
        ..setup()
    });
    answer(&model, greedy(user("Hi"), 2)).await;
    let pid = pid_when_ready(&engine).await;
    until(&engine, |status| *status == EngineStatus::Off).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!is_alive(pid), "the process has ended");
    answer(&model, greedy(user("Hi"), 2)).await;
    assert_ne!(pid_when_ready(&engine).await, pid);
}

#[tokio::test]
async fn unloading_gives_the_memory_back() {
    let (engine, model) = engine();
    answer(&model, greedy(user("Hi"), 2)).await;
    let pid = pid_when_ready(&engine).await;
    engine.unload().await;
    assert!(!is_alive(pid));
    answer(&model, greedy(user("Hi"), 2)).await;
}

#[tokio::test]
async fn two_models_each_get_their_turn() {
    let (engine, model) = engine();
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("other.gguf");
    std::fs::copy(crate::kit::starter_model(), &copy).expect("a copy");
    let other = engine.model("other", &copy);
    let questions = [&model, &other, &model, &other].map(|m| answer(m, greedy(user("Hi"), 3)));
    let answers = futures::future::join_all(questions).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.usage.completion_tokens == 3)
    );
    let status = engine.status().borrow().clone();
    assert!(matches!(status, EngineStatus::Ready { ref model, .. } if model == "other"));
}

#[tokio::test]
async fn broken_files_are_refused_and_the_worker_never_sees_them() {
    let (engine, good) = engine();
    let folder = tempfile::tempdir().expect("a folder");
    let whole = std::fs::read(crate::kit::starter_model()).expect("the model");
    for (name, bytes) in [
        ("empty", &whole[..0]),
        ("short", &whole[..100]),
        ("half", &whole[..whole.len() / 2]),
        ("text", b"this is no model".as_slice()),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let bad = engine.model(name, &path);
        let error = try_answer(&bad, greedy(user("Hi"), 1))
            .await
            .expect_err(name);
        assert!(
            matches!(error, ModelError::File { .. }),
            "{name}: {error:?}"
        );
    }
    let missing = engine.model("missing", &folder.path().join("missing"));
    let error = try_answer(&missing, greedy(user("Hi"), 1))
        .await
        .expect_err("missing");
    assert!(matches!(error, ModelError::File { .. }), "{error:?}");
    answer(&good, greedy(user("Hi"), 1)).await;
    assert_eq!(engine.stats().deaths, 0);
}

#[tokio::test]
async fn missing_worker_is_told() {
    let worker = "/nowhere/hai-net-llm".into();
    let (_engine, model) = engine_with(EngineSetup { worker, ..setup() });
    let error = try_answer(&model, greedy(user("Hi"), 1))
        .await
        .expect_err("missing");
    assert!(
        matches!(error, ModelError::WorkerMissing { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn threads_change_while_answering() {
    let (engine, model) = engine();
    let mut story = greedy(user("Tell me a long story."), 60);
    // Bans the tokens that end it early, which some processors round to.
    story.sampling.logit_bias = [(0, -100.0), (2, -100.0)].into();
    let mut answering = model.generate(story).await.expect("it begins");
    for threads in [2, 1, 2, 1] {
        first_text(&mut answering).await;
        engine.use_threads(threads).await;
    }
    assert_eq!(
        rest(&mut answering)
            .await
            .expect("whole")
            .usage
            .completion_tokens,
        60
    );
}

/// A program that starts the worker with a C library that overwrites what is freed, with bytes that look
/// like a lock which somebody holds: whoever looks at it again waits for ever.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn overwriting_worker(folder: &std::path::Path) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;

    let overwriting = folder.join("overwriting");
    let script = format!(
        "#!/bin/sh\nGLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.perturb=128 exec '{}' \"$@\"\n",
        worker().display()
    );
    std::fs::write(&overwriting, script).expect("a script");
    std::fs::set_permissions(&overwriting, std::fs::Permissions::from_mode(0o700)).expect("ours");
    overwriting
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[tokio::test]
async fn threads_that_are_gone_are_not_touched_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (engine, model) = engine_with(EngineSetup {
        worker: overwriting_worker(folder.path()),
        ..setup()
    });
    for threads in [2, 1, 2, 1] {
        // Twice between two answers: the first of them never computes.
        engine.use_threads(3).await;
        engine.use_threads(threads).await;
        let answer = try_answer(&model, greedy(user("Count to five."), 8)).await;
        assert_eq!(answer.expect("whole").usage.completion_tokens, 8);
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[tokio::test]
async fn threads_of_a_batch_that_was_interrupted_are_not_touched_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (engine, model) = engine_with(EngineSetup {
        worker: overwriting_worker(folder.path()),
        ..setup()
    });
    try_answer(&model, greedy(user("Hi"), 1))
        .await
        .expect("it answers");
    let long = "The old boat carried fruit along the river. ".repeat(150);
    for threads in [2, 1, 2] {
        engine.use_threads(threads).await;
        // Reading so much takes longer.
        let begun = model.generate(greedy(user(&format!("{threads} {long}")), 1));
        let given_up = tokio::time::timeout(Duration::from_millis(100), begun).await;
        assert!(given_up.is_err(), "it was to be interrupted");
    }
    let answer = try_answer(&model, greedy(user("Count to five."), 8)).await;
    assert_eq!(answer.expect("whole").usage.completion_tokens, 8);
}
