//! What goes wrong on the way to a page.

use std::net::IpAddr;
use std::time::Duration;

use thiserror::Error;

/// Why an address is not gone to.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It is no address.
    #[error("this is not an address of the web")]
    NotAnAddress,
    /// It is longer than addresses are.
    #[error("the address has more than {max} bytes")]
    TooLong {
        /// How long it may be.
        max: usize,
    },
    /// It is neither http nor https.
    #[error("addresses that begin with {scheme}: are not fetched")]
    Scheme {
        /// What it begins with.
        scheme: String,
    },
    /// A name or password stands in it.
    #[error("the address carries a user name or a password")]
    Credentials,
    /// It names a port that is not allowed.
    #[error("port {port} is not one of the web")]
    Port {
        /// The port.
        port: u16,
    },
    /// It leads into this device, the home network, or to nobody in particular.
    #[error("{address} is not a public address")]
    NotPublic {
        /// Where to.
        address: IpAddr,
    },
    /// The name leads to no address.
    #[error("the name {host} was not found")]
    NoSuchName {
        /// The name.
        host: String,
    },
}

/// Why a page did not come.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address is not gone to.
    #[error("the address is not gone to")]
    Address(#[from] AddressError),
    /// The server did not answer in time.
    #[error("the server did not finish within {} s", after.as_secs())]
    TookTooLong {
        /// How long it was waited for.
        after: Duration,
    },
    /// The server answered that there is no page.
    #[error("the server answered with status {status}")]
    Status {
        /// Its answer.
        status: u16,
    },
    /// The server sends on and on to itself.
    #[error("the server redirected more than {max} times")]
    Redirects {
        /// How often it may.
        max: usize,
    },
    /// The server redirects to what is no address.
    #[error("the server redirected to something that is no address")]
    RedirectedNowhere,
    /// It is a picture, an archive or something else that holds no text.
    #[error("it is no text but {media_type}")]
    NotText {
        /// What the server says it is.
        media_type: String,
    },
    /// Reading the page broke off: it is made in a way that the parser does not stand.
    #[error("the page could not be read")]
    Unreadable,
    /// The client could not be set up.
    #[error("the means to fetch pages could not be set up")]
    Setup(#[source] reqwest::Error),
    /// The connection failed.
    #[error("the connection failed")]
    Connection(#[source] reqwest::Error),
}
