//! One message by SMTP.

use super::dial::{self, Link, SendError};
use super::gather::Bundle;
use super::text::{self, Site};
use crate::config::alerts::{Email, MailTls};
use crate::netguard::Netguard;
use app::model::At;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use std::time::{Duration, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// From the first look-up to the server's receipt.
const LIMIT: Duration = Duration::from_mins(1);
/// The longest reply that is read before TLS.
const MAX_REPLY: usize = 8 * 1024;
/// Characters of a server's answer that are kept.
const MAX_ANSWER: usize = 200;
/// What the mail library takes for the greeting that a server gives only before TLS.
const GREETING: &[u8] = b"220 secured\r\n";

/// Tells mail programs that nobody waits for an answer, so that none goes out of office.
#[derive(Debug, Clone)]
pub(crate) struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Sends it; `Ok` means that the server has taken it for every recipient.
pub(super) async fn send(
    guard: &Netguard,
    email: &Email,
    bundle: &Bundle,
    site: &Site,
    now: At,
) -> Result<(), SendError> {
    hand_over(guard, email, &letter(email, bundle, site, now)?).await
}

/// Hands a letter to the mail server; `Ok` means that the server has taken it for every recipient.
pub(crate) async fn hand_over(guard: &Netguard, email: &Email, letter: &lettre::Message) -> Result<(), SendError> {
    timeout(LIMIT, deliver(guard, email, letter)).await.unwrap_or(Err(SendError::TooSlow(LIMIT)))
}

/// The sender, under the page's title where the configuration gives the address alone.
pub(crate) fn sender(email: &Email, title: &str) -> Mailbox {
    match &email.from.name {
        Some(_) => email.from.clone(),
        None => Mailbox::new(Some(title.to_owned()), email.from.email.clone()),
    }
}

fn letter(email: &Email, bundle: &Bundle, site: &Site, now: At) -> Result<lettre::Message, SendError> {
    let since_epoch = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    let to = email.to.iter().cloned().fold(Mailboxes::new(), Mailboxes::with);
    lettre::Message::builder()
        .from(sender(email, &site.title))
        .mailbox(lettre::message::header::To::from(to))
        .subject(text::subject(bundle, now))
        .date(UNIX_EPOCH + since_epoch)
        // The same for every attempt, so that mail programs show a message that came twice once.
        .message_id(Some(format!("<{}.gatewatch@{}>", bundle.id(), email.from.email.domain())))
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN)
        .body(text::body(bundle, now, site))
        .map_err(|error| SendError::Message(error.to_string()))
}

async fn deliver(guard: &Netguard, email: &Email, letter: &lettre::Message) -> Result<(), SendError> {
    let stream = dial::connect(guard, &email.host, email.port).await?;
    let link = match email.tls {
        MailTls::Off => Link::plain(stream).map_err(|error| broken(email, error.to_string()))?,
        MailTls::Implicit => dial::secure(stream, &email.host, &email.ca).await?,
        MailTls::StartTls => {
            let stream = start_tls(stream, email).await?;
            dial::secure(stream, &email.host, &email.ca).await?.after(GREETING)
        }
    };
    let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(link), &hello(email))
        .await
        .map_err(|error| failed(email, &error))?;
    if let Some((user, password)) = &email.login {
        let credentials = Credentials::new(user.expose().to_owned(), password.expose().to_owned());
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        connection.auth(&mechanisms, &credentials).await.map_err(|error| failed(email, &error))?;
    }
    let sent = connection.send(letter.envelope(), &letter.formatted()).await;
    sent.map_err(|error| failed(email, &error))?;
    // It is taken; what comes of the farewell changes nothing.
    drop(connection.quit().await);
    Ok(())
}

/// Who we say we are: the sender's domain, which is not this host's name but gives nothing away.
fn hello(email: &Email) -> ClientId {
    ClientId::Domain(email.from.email.domain().to_owned())
}

/// Asks for TLS in clear. Nothing that came before TLS is believed after it: bytes that follow the server's
/// consent in clear end the attempt.
async fn start_tls(mut stream: TcpStream, email: &Email) -> Result<TcpStream, SendError> {
    let io = |error: std::io::Error| broken(email, error.to_string());
    expect(&mut stream, email, "220").await?;
    stream.write_all(format!("EHLO {}\r\n", hello(email)).as_bytes()).await.map_err(io)?;
    let offers = expect(&mut stream, email, "250").await?;
    if !offers.lines().any(|line| line.get(4..).is_some_and(|offer| offer.trim().eq_ignore_ascii_case("STARTTLS"))) {
        return Err(SendError::NoStartTls);
    }
    stream.write_all(b"STARTTLS\r\n").await.map_err(io)?;
    expect(&mut stream, email, "220").await?;
    Ok(stream)
}

/// Reads one reply, of several lines perhaps, and nothing after it.
async fn expect(stream: &mut TcpStream, email: &Email, code: &str) -> Result<String, SendError> {
    let mut reply = Vec::new();
    loop {
        let read = stream.read_buf(&mut reply).await.map_err(|error| broken(email, error.to_string()))?;
        if read == 0 || reply.len() > MAX_REPLY {
            return Err(broken(email, "the server did not end its reply".to_owned()));
        }
        let text = String::from_utf8_lossy(&reply);
        let Some(whole) = text.strip_suffix("\r\n") else { continue };
        let is_last = |line: &str| line.len() >= 3 && !line[3..].starts_with('-');
        let mut lines = whole.split("\r\n");
        if lines.clone().any(|line| !line.is_char_boundary(3.min(line.len())) || line.len() < 3) {
            return Err(broken(email, "the server's reply is not SMTP".to_owned()));
        }
        match lines.position(is_last) {
            None => {}
            Some(_) if lines.next().is_some() => {
                return Err(broken(email, "the server sent more than was asked for".to_owned()));
            }
            Some(_) if whole.split("\r\n").all(|line| line.starts_with(code)) => return Ok(whole.to_owned()),
            Some(_) => return Err(SendError::Mail(shown(whole))),
        }
    }
}

fn broken(email: &Email, reason: String) -> SendError {
    SendError::Broken { host: email.host.clone(), reason }
}

fn failed(email: &Email, error: &lettre::transport::smtp::Error) -> SendError {
    let words = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    match error.status() {
        Some(code) => SendError::Mail(shown(&format!("{code} {words}"))),
        None => broken(email, shown(&words)),
    }
}

/// A server's words in one line and not too many of them.
fn shown(text: &str) -> String {
    text.chars().take(MAX_ANSWER).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
