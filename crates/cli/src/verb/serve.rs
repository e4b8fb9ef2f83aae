//! `hai-net serve`: a hub without a window.

mod again;
mod notify;
mod vault;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use contract::system::{MakeSignInLink, ShowStatus, SignInLink, StatusView};
use contract::{Code, Fault};
use hub::{Ending, Hub, Start};
use serde_json::json;

use crate::args::Scene;
use crate::exit::Exit;
use crate::failure::{Failure, sentence};
use crate::interrupt::Ends;
use crate::screen::Colour;
use vault::Opening;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where browsers and API clients find the hub: ADDRESS:PORT, or a port of this machine only.
    /// Port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listen_address)]
    listen: Option<SocketAddr>,
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    if let Ok(port) = text
        .trim_start_matches("localhost")
        .trim_start_matches(':')
        .parse::<u16>()
    {
        return Ok(SocketAddr::new(local, port));
    }
    text.parse()
        .map_err(|_| "write it like 127.0.0.1:8080, or like 8080".to_owned())
}

pub(crate) async fn run(args: Args, scene: &Scene) -> Result<(), Failure> {
    let again = again::Again::remember();
    let ends = Ends::new().map_err(|error| Failure::internal(&error))?;
    let start = Start {
        data_folder: scene.data_folder.clone(),
        listen: args.listen,
        worker: None,
        is_passing: false,
    };
    let hub = Box::pin(Hub::open(start))
        .await
        .map_err(|error| error.fault())?;
    match Box::pin(serve(&hub, ends, scene)).await {
        Ok(Ending::Stop) => Ok(()),
        Ok(Ending::Restart) => Err(again.start()),
        Err(failure) => {
            hub.close();
            hub.closed().await;
            Err(failure)
        }
    }
}

async fn serve(hub: &Hub, mut ends: Ends, scene: &Scene) -> Result<Ending, Failure> {
    if vault::open_with_named(hub, &mut ends, scene).await? == Opening::Ending {
        hub.close();
        return Ok(hub.closed().await);
    }
    let control = control::serve(hub.clone()).await?;
    // Before the port is open: what is asked there needs the store.
    let opening = vault::open_with_entered(hub, &mut ends, scene).await;
    if !matches!(opening, Ok(Opening::Done)) {
        hub.close();
        control.ended().await;
        opening?;
        return Ok(hub.closed().await);
    }
    let gateway = match gateway::serve(hub.clone(), hub.listen_address()).await {
        Ok(gateway) => gateway,
        Err(error) => {
            hub.close();
            control.ended().await;
            return Err(not_open(&error));
        }
    };
    let status = hub.answer(ShowStatus {}).await?;
    let link = hub.answer(MakeSignInLink {}).await?;
    announce(&status, &link, scene)?;
    notify::tell("READY=1");
    let closing = hub.closing();
    tokio::select! {
        () = ends.next() => {
            scene.screen.remark("Closing. Once more ends it at once.");
            hub.close();
        }
        () = closing.cancelled() => {}
    }
    notify::tell("STOPPING=1");
    let close = async {
        tokio::join!(control.ended(), gateway.ended());
        hub.closed().await
    };
    tokio::select! {
        ending = close => Ok(ending),
        () = ends.next() => Err(Failure::Told(Exit::Interrupted)),
    }
}

fn not_open(error: &gateway::ServeError) -> Failure {
    match error {
        gateway::ServeError::Tokens(fault) => Failure::Fault(fault.clone()),
        gateway::ServeError::PortInUse { .. }
        | gateway::ServeError::NotPermitted { .. }
        | gateway::ServeError::NotOurAddress { .. }
        | gateway::ServeError::Listen { .. }
        | gateway::ServeError::Unprotected { .. } => {
            // The sentence says what to do; the operating system's own words come behind it.
            let cause = std::error::Error::source(error).map(ToString::to_string);
            let mut fault =
                Fault::refused(Code::NotAllowed, sentence(&error.to_string())).advising("");
            fault.details = cause;
            Failure::Fault(fault)
        }
    }
}

fn announce(status: &StatusView, link: &SignInLink, scene: &Scene) -> Result<(), Failure> {
    let view = json!({
        "version": status.version,
        "pid": status.pid,
        "address": status.address,
        "sign_in": link,
        "data_folder": status.data_folder,
        "model": status.model,
        "vault": status.vault,
    });
    let shown = scene.screen.show(&view, || words(status, link, scene));
    match shown {
        // A hub does not end because nobody reads its greeting.
        Err(Failure::ReaderGone) => Ok(()),
        other => other,
    }
}

fn words(status: &StatusView, link: &SignInLink, scene: &Scene) -> String {
    let screen = &scene.screen;
    let head = format!("HAI-Net {} runs (process {}).", status.version, status.pid);
    let none = || "none; install one with `hai-net models pull smollm2-135m-instruct`".to_owned();
    let pairs = screen.pairs(&[
        (
            "Address",
            status.address.clone().unwrap_or_else(|| "none".to_owned()),
        ),
        ("Sign in", format!("{}  (once)", link.url)),
        ("Model", status.model.clone().unwrap_or_else(none)),
        ("Vault", super::status::vault(status.vault).to_owned()),
        ("Data folder", status.data_folder.clone()),
    ]);
    format!(
        "{}\n{pairs}\nCtrl-C ends it.",
        screen.paint(Colour::Good, &head)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_alone_stays_on_this_machine() {
        for text in ["8090", ":8090", "localhost:8090", "127.0.0.1:8090"] {
            assert_eq!(
                listen_address(text),
                Ok(SocketAddr::from(([127, 0, 0, 1], 8090))),
                "{text}"
            );
        }
        assert_eq!(
            listen_address("0.0.0.0:1"),
            Ok(SocketAddr::from(([0, 0, 0, 0], 1)))
        );
        assert!(listen_address("somewhere").is_err());
        assert!(listen_address("127.0.0.1:70000").is_err());
    }
}
