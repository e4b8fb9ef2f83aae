use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use guardian::{Guardian, Memory};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::web::address::Ports;
use crate::web::error::AddressError;

const HERE: Reach = Reach {
    ports: Ports::Any,
    this_device: true,
};

/// A server on this device that answers each path with fixed bytes, and keeps what it was asked.
struct Site {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    async fn answering(answers: fn(&str) -> Vec<u8>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        match socket.read_u8().await {
                            Ok(byte) => request.push(byte),
                            Err(_) => return,
                        }
                    }
                    let request = String::from_utf8(request).unwrap();
                    let path = request.split(' ').nth(1).unwrap().to_owned();
                    kept.lock().unwrap().push(request);
                    let _ = socket.write_all(&answers(&path)).await;
                    if path.ends_with("/hang") {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                    }
                });
            }
        });
        Self { port, asked }
    }

    fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn html(body: &str) -> Vec<u8> {
    answer("200 OK", "Content-Type: text/html; charset=utf-8\r\n", body)
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

fn to(place: &str) -> Vec<u8> {
    answer("302 Found", &format!("Location: {place}\r\n"), "")
}

fn cleared(address: &str) -> Cleared<WebRequest> {
    // An address of this device is something private: tests approve it as a person would.
    let guardian = Guardian::default();
    let asked = Labelled::new(WebRequest::get(address), Provenance::Message);
    let preview = guardian
        .preview(
            &asked.clone().map(|asked| asked.address().to_owned()),
            &mut Memory::new(),
        )
        .unwrap();
    guardian
        .clear_web_approved(asked, preview.approve_original().1)
        .unwrap()
}

fn web() -> Web {
    Web::new(HERE, Limits::default()).unwrap()
}

async fn page(web: &Web, address: &str) -> Page {
    match web.fetch(cleared(address)).await.unwrap() {
        Fetched::Page(page) => page,
        Fetched::Redirected { to, .. } => panic!("redirected to {}", to.value().address()),
    }
}

#[tokio::test]
async fn a_page_comes_as_text_and_says_where_it_comes_from() {
    let site = Site::answering(|_| html("<title>T</title><p>Hello <a href=/x>you</a>")).await;
    let page = page(&web(), &site.address("/a?b=c#part")).await;
    let says = page.says.value();
    assert_eq!(
        (says.title.as_deref(), says.text.as_str()),
        (Some("T"), "Hello you")
    );
    assert_eq!(says.links[0].address, site.address("/x"));
    assert_eq!(
        page.says.labels().collect::<Vec<_>>(),
        [Provenance::Outside],
        "a page is a stranger's words"
    );
    assert_eq!(page.exchange.address, site.address("/a?b=c"));
    assert_eq!(page.exchange.bytes_in, 43);
    let asked = site.asked();
    assert!(asked[0].starts_with("GET /a?b=c HTTP/1.1\r\n"), "{asked:?}");
    let lower = asked[0].to_lowercase();
    for header in ["cookie", "referer", "authorization", "accept-language"] {
        assert!(!lower.contains(header), "{lower}");
    }
}

#[tokio::test]
async fn this_device_and_other_ports_are_not_reached_from_pages_of_the_web() {
    let site = Site::answering(|_| html("secret")).await;
    let web = Web::new(Reach::PUBLIC, Limits::default()).unwrap();
    let refused = web.fetch(cleared(&site.address("/"))).await.unwrap_err();
    assert!(matches!(
        refused,
        FetchError::Address(AddressError::Port { .. })
    ));
    for name in ["localhost", "a.localhost"] {
        let refused = web.fetch(cleared(&format!("http://{name}/"))).await;
        let Err(FetchError::Address(refused)) = refused else {
            panic!("{name}: {refused:?}");
        };
        assert!(
            matches!(
                refused,
                AddressError::NotPublic { .. } | AddressError::NoSuchName { .. }
            ),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(site.asked().len(), 0, "nobody knocked");
}

#[tokio::test]
async fn a_name_that_changes_its_answer_reaches_nothing_inside() {
    let site = Site::answering(|_| html("secret")).await;
    let port = site.port;
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let reach = Reach {
        ports: Ports::Any,
        this_device: false,
    };
    // The first answer is public and belongs to nobody who listens; from the second on it is this device.
    let names = Names::by(reach, |_| {
        let inside = ASKED.fetch_add(1, Ordering::SeqCst) > 0;
        let ip = if inside {
            [127, 0, 0, 1]
        } else {
            [192, 31, 196, 1]
        };
        Box::pin(async move { vec![SocketAddr::from((ip, 0))] })
    });
    let limits = Limits {
        connect: Duration::from_millis(300),
        ..Limits::default()
    };
    let web = Web::with_names(reach, limits, names).unwrap();
    let address = format!("http://changing.example:{port}/");
    let first = web.fetch(cleared(&address)).await.unwrap_err();
    assert!(matches!(first, FetchError::Connection(_)), "{first:?}");
    let second = web.fetch(cleared(&address)).await.unwrap_err();
    assert!(
        matches!(second, FetchError::Address(AddressError::NotPublic { .. })),
        "{second:?}"
    );
    assert_eq!(
        ASKED.load(Ordering::SeqCst),
        2,
        "one question for each connection"
    );
    assert_eq!(site.asked().len(), 0, "nobody knocked");
}

#[tokio::test]
async fn of_several_addresses_of_a_name_only_the_public_ones_are_tried() {
    let site = Site::answering(|_| html("secret")).await;
    let reach = Reach {
        ports: Ports::Any,
        this_device: false,
    };
    let names = Names::by(reach, |_| {
        let both = [[127, 0, 0, 1], [192, 31, 196, 1]];
        Box::pin(async move { both.map(|ip| SocketAddr::from((ip, 0))).to_vec() })
    });
    let limits = Limits {
        connect: Duration::from_millis(300),
        ..Limits::default()
    };
    let web = Web::with_names(reach, limits, names).unwrap();
    let address = format!("http://both.example:{}/", site.port);
    let refused = web.fetch(cleared(&address)).await.unwrap_err();
    assert!(matches!(refused, FetchError::Connection(_)), "{refused:?}");
    assert_eq!(site.asked().len(), 0, "nobody knocked");
}

#[tokio::test]
async fn a_site_may_redirect_to_itself_and_to_no_other_by_itself() {
    let site = Site::answering(|path| match path {
        "/a" => to("/b"),
        "/b" => html("there"),
        "/other" => to("https://other.example/x?y=z"),
        "/inside" => to("http://169.254.169.254/latest/"),
        "/file" => to("file:///etc/passwd"),
        "/port" => to("http://127.0.0.1:1/"),
        "/nowhere" => answer("302 Found", "", ""),
        _ => to("/again"),
    })
    .await;
    let web = web();
    let there = page(&web, &site.address("/a")).await;
    assert_eq!(there.says.value().text, "there");
    assert_eq!(there.exchange.address, site.address("/b"));
    for (path, target) in [
        ("/other", "https://other.example/x?y=z"),
        ("/inside", "http://169.254.169.254/latest/"),
        ("/file", "file:///etc/passwd"),
        ("/port", "http://127.0.0.1:1/"),
    ] {
        let Fetched::Redirected { to, .. } = web.fetch(cleared(&site.address(path))).await.unwrap()
        else {
            panic!("{path} was followed");
        };
        assert_eq!(to.value().address(), target);
        assert_eq!(to.labels().collect::<Vec<_>>(), [Provenance::Outside]);
    }
    let circle = web.fetch(cleared(&site.address("/circle"))).await;
    assert!(matches!(circle, Err(FetchError::Redirects { max: 5 })));
    let nowhere = web.fetch(cleared(&site.address("/nowhere"))).await;
    assert!(matches!(nowhere, Err(FetchError::RedirectedNowhere)));
}

#[tokio::test]
async fn what_is_too_large_is_cut_and_what_is_too_slow_is_given_up() {
    let site = Site::answering(|path| match path {
        "/large" => html(&"word ".repeat(1000)),
        // It says more than it sends.
        _ => {
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\n\r\nslow".to_vec()
        }
    })
    .await;
    let limits = Limits {
        whole: Duration::from_millis(500),
        body_bytes: 1000,
        ..Limits::default()
    };
    let web = Web::new(HERE, limits).unwrap();
    let large = page(&web, &site.address("/large")).await;
    assert!(large.says.value().cut);
    assert_eq!(large.exchange.bytes_in, 1000);
    let slow = web.fetch(cleared(&site.address("/hang"))).await;
    assert!(matches!(slow, Err(FetchError::TookTooLong { .. })));
    let broken = web.fetch(cleared(&site.address("/broken"))).await;
    assert!(matches!(broken, Err(FetchError::Connection(_))));
}

#[tokio::test]
async fn what_is_no_text_and_what_is_not_there_is_told() {
    let site = Site::answering(|path| match path {
        "/picture" => answer("200 OK", "Content-Type: image/png\r\n", "\u{1}"),
        "/untold" => answer("200 OK", "", "text?"),
        "/json" => answer("200 OK", "Content-Type: application/json\r\n", "{\"a\": 1}"),
        _ => answer("404 Not Found", "", "no"),
    })
    .await;
    let web = web();
    for path in ["/picture", "/untold"] {
        let refused = web.fetch(cleared(&site.address(path))).await;
        assert!(matches!(refused, Err(FetchError::NotText { .. })), "{path}");
    }
    let missing = web.fetch(cleared(&site.address("/missing"))).await;
    assert!(matches!(missing, Err(FetchError::Status { status: 404 })));
    let json = page(&web, &site.address("/json")).await;
    assert_eq!(json.says.value().text, "{\"a\": 1}");
}

#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    let proxy = Site::answering(|_| html("through the proxy")).await;
    let site = Site::answering(|_| html("straight")).await;
    let test = std::env::current_exe().unwrap();
    // The environment counts for a whole process, so another one looks.
    let looked = tokio::process::Command::new(test)
        .args([
            "--exact",
            "--ignored",
            "web::fetch::tests::looks_at_the_site_it_is_told",
        ])
        .env("SITE", site.address("/"))
        .envs(
            ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
                .map(|name| (name, proxy.address("/"))),
        )
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .status()
        .await
        .unwrap();
    assert!(looked.success());
    assert_eq!((site.asked().len(), proxy.asked().len()), (1, 0));
}

#[tokio::test]
#[ignore = "it is run by another test, with an environment of its own"]
async fn looks_at_the_site_it_is_told() {
    let page = page(&web(), &std::env::var("SITE").unwrap()).await;
    assert_eq!(page.says.value().text, "straight");
}
