//! Writing questions and judging answers; pure.

use super::{AnswerRecord, AnswerValue, Asking, LookupOutcome, QueryName, Record};
use hickory_resolver::proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};

/// Characters of a record's text that are kept.
const MAX_TEXT: usize = 500;

/// A question in wire form.
pub(super) struct Question {
    /// The number that the answer must carry.
    pub(super) id: u16,
    /// The message.
    pub(super) bytes: Vec<u8>,
    name: Name,
    kind: RecordType,
}

/// What one message says about a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: LookupOutcome,
    pub(super) rcode: String,
    pub(super) answers: Vec<AnswerRecord>,
    pub(super) truncated: bool,
    pub(super) authoritative: bool,
}

impl Question {
    pub(super) fn new(name: &QueryName, record: Record, asking: Asking) -> Result<Self, String> {
        let kind = match record {
            Record::A => RecordType::A,
            Record::Aaaa => RecordType::AAAA,
            Record::Cname => RecordType::CNAME,
            Record::Ns => RecordType::NS,
            Record::Mx => RecordType::MX,
            Record::Txt => RecordType::TXT,
            Record::Soa => RecordType::SOA,
            Record::Caa => RecordType::CAA,
            Record::Srv => RecordType::SRV,
            Record::Ptr => RecordType::PTR,
        };
        let mut fqdn = Name::from_ascii(name.as_str()).map_err(|error| error.to_string())?;
        fqdn.set_fqdn(true);
        let mut message = Message::query();
        message.metadata.recursion_desired = asking.recursion;
        message.metadata.checking_disabled = asking.unchecked;
        message.add_query(Query::query(fqdn.clone(), kind));
        let bytes = message.to_vec().map_err(|error| error.to_string())?;
        Ok(Self { id: message.metadata.id, bytes, name: fqdn, kind })
    }

    /// Judges a message: `None` if it is not an answer to this question (a late or forged one).
    pub(super) fn judge(&self, bytes: &[u8]) -> Option<Verdict> {
        if bytes.get(..2)? != self.id.to_be_bytes() {
            return None;
        }
        let Ok(message) = Message::from_vec(bytes) else {
            let rcode = bytes.get(3).map_or(String::new(), |flags| format!("code {}", flags & 15));
            return Some(Verdict {
                outcome: LookupOutcome::BadAnswer,
                rcode,
                answers: Vec::new(),
                truncated: false,
                authoritative: false,
            });
        };
        let asked_this = message.queries.first().is_none_or(|query| {
            query.query_type() == self.kind && query.name().to_lowercase() == self.name.to_lowercase()
        });
        if message.metadata.message_type != MessageType::Response || !asked_this {
            return None;
        }
        let answers = self.chain(&message);
        let has_wanted = answers.iter().any(|answer| match answer.value {
            AnswerValue::Address(_) => matches!(self.kind, RecordType::A | RecordType::AAAA),
            AnswerValue::Alias(_) => self.kind == RecordType::CNAME,
            AnswerValue::Server(_) => self.kind == RecordType::NS,
            AnswerValue::Text(_) => true,
        });
        let outcome = match message.metadata.response_code {
            ResponseCode::NoError if has_wanted => LookupOutcome::Answered,
            ResponseCode::NoError => LookupOutcome::Nodata,
            ResponseCode::NXDomain => LookupOutcome::Nxdomain,
            ResponseCode::ServFail => LookupOutcome::Servfail,
            ResponseCode::Refused => LookupOutcome::Refused,
            _ => LookupOutcome::BadAnswer,
        };
        let rcode = match message.metadata.response_code {
            ResponseCode::NoError => "NOERROR".to_owned(),
            ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
            ResponseCode::ServFail => "SERVFAIL".to_owned(),
            ResponseCode::Refused => "REFUSED".to_owned(),
            ResponseCode::NotImp => "NOTIMP".to_owned(),
            ResponseCode::FormErr => "FORMERR".to_owned(),
            other => other.to_string(),
        };
        let (truncated, authoritative) = (message.metadata.truncation, message.metadata.authoritative);
        Some(Verdict { outcome, rcode, answers, truncated, authoritative })
    }

    /// The records that follow from the question: its own, and those of the names it is an alias for.
    fn chain(&self, message: &Message) -> Vec<AnswerRecord> {
        let mut names = vec![self.name.to_lowercase()];
        let mut answers = Vec::new();
        for record in &message.answers {
            if !names.contains(&record.name.to_lowercase()) {
                continue;
            }
            let value = match &record.data {
                RData::A(address) => AnswerValue::Address(address.0.into()),
                RData::AAAA(address) => AnswerValue::Address(address.0.into()),
                RData::CNAME(alias) => {
                    names.push(alias.0.to_lowercase());
                    AnswerValue::Alias(plain(&alias.0))
                }
                RData::NS(server) => AnswerValue::Server(plain(&server.0)),
                data @ (RData::MX(_)
                | RData::TXT(_)
                | RData::SOA(_)
                | RData::CAA(_)
                | RData::SRV(_)
                | RData::PTR(_))
                    if record.record_type() == self.kind =>
                {
                    AnswerValue::Text(shown(&data.to_string()))
                }
                _ => continue,
            };
            answers.push(AnswerRecord { name: plain(&record.name), value, ttl: record.ttl });
        }
        answers
    }
}

/// A server's text without control characters, of bounded length, without a final dot.
fn shown(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

/// A name as text without its final dot.
fn plain(name: &Name) -> String {
    let text = name.to_ascii();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}
