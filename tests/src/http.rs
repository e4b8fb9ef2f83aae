//! HTTP by hand over a raw socket: what goes out is exactly what a test wrote.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take; a model may be at work behind it.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came back.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Response {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        self.headers
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// It is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.body))
    }
}

/// Sends one request to a port of this machine and reads the whole answer. `Host`, `Content-Length` and
/// `Connection` are added.
///
/// # Errors
/// The connection fails or the answer is no HTTP.
pub fn request(
    port: u16,
    line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> anyhow::Result<Response> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut text = format!("{line} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes())?;
    let (mut bytes, mut piece) = (Vec::new(), [0; 16 * 1024]);
    // Some servers keep the connection open whatever they are told.
    while !is_whole(&bytes) {
        match stream.read(&mut piece)? {
            0 => break,
            length => bytes.extend_from_slice(&piece[..length]),
        }
    }
    read(&bytes)
}

/// Whether the announced length has come. A response without one ends with the connection.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head
        .split("\r\n")
        .find_map(|line| line.strip_prefix("content-length:"));
    let length = length.and_then(|digits| digits.trim().parse::<usize>().ok());
    length.is_some_and(|length| bytes.len() >= end + 4 + length)
}

/// Fetches a page.
///
/// # Errors
/// As [`request`].
pub fn get(port: u16, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Response> {
    request(port, &format!("GET {path}"), headers, "")
}

/// Sends JSON with a bearer token.
///
/// # Errors
/// As [`request`].
pub fn post_json(
    port: u16,
    path: &str,
    token: &str,
    body: &serde_json::Value,
) -> anyhow::Result<Response> {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Content-Type", "application/json"),
        ("Authorization", bearer.as_str()),
    ];
    request(port, &format!("POST {path}"), &headers, &body.to_string())
}

fn read(bytes: &[u8]) -> anyhow::Result<Response> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.ok_or_else(|| anyhow::anyhow!("no end of the headers"))?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or_default()
        .parse()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value.eq_ignore_ascii_case("chunked"));
    let raw = &bytes[end + 4..];
    let body = if chunked { joined(raw)? } else { raw.to_vec() };
    Ok(Response {
        status,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn joined(mut raw: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = raw.windows(2).position(|window| window == b"\r\n");
        let end = end.ok_or_else(|| anyhow::anyhow!("a chunk without a length"))?;
        let length = usize::from_str_radix(std::str::from_utf8(&raw[..end])?.trim(), 16)?;
        if length == 0 {
            return Ok(body);
        }
        let chunk = raw.get(end + 2..end + 2 + length);
        body.extend_from_slice(chunk.ok_or_else(|| anyhow::anyhow!("a chunk was cut off"))?);
        raw = raw.get(end + 4 + length..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined() {
        let text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let response = read(text).unwrap();
        assert_eq!((response.status, response.body.as_str()), (200, "abcde"));
    }
}
