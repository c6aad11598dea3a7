//! Subscriptions: limits, consent, tokens, and what waits for whom.

use super::*;
use crate::storage::subscriptions::{MAX_PENDING, PENDING_FOR, TOKEN_LIFE};
use app::backend::{NewIncident, NewUpdate};
use app::model::{Channel, ComponentSlug, Impact, IncidentId, Phase};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

fn ask(name: &str, components: &[&str]) -> Ask {
    let target = format!("{name}@example.com");
    let mark = crate::subscriptions::rule::mark(Channel::Email, &target);
    let components = components.iter().map(|slug| slug.parse().unwrap()).collect();
    Ask { channel: Channel::Email, target, mark, components }
}

fn token(number: u16) -> TokenHash {
    let mut hash = [7; 32];
    hash[..2].copy_from_slice(&number.to_be_bytes());
    TokenHash(hash)
}

async fn due(storage: &Storage, now: At) -> Vec<Message> {
    storage.due_messages(Channel::Email, now, 100).await.unwrap()
}

/// A confirmed subscription, with this token and without messages.
async fn subscribed(storage: &Storage, name: &str, components: &[&str], number: u16) {
    storage.ask_to_be_told(ask(name, components), NOW).await.unwrap();
    let message = due(storage, NOW).await.into_iter().find(|message| message.target.starts_with(name)).unwrap();
    assert!(storage.add_subscription_token(message.subscription, token(number), NOW).await.unwrap());
    storage.confirm_subscription(token(number), NOW).await.unwrap();
}

async fn incident(storage: &Storage, components: &[&str]) -> IncidentId {
    let new = NewIncident {
        title: "Shop answers 502".to_owned(),
        impact: Impact::Major,
        phase: Phase::Investigating,
        body: "We look into it.".to_owned(),
        components: components.iter().map(|slug| slug.parse().unwrap()).collect(),
        started_at: None,
    };
    storage.open_incident(new, &ada(), NOW).await.unwrap()
}

fn names(messages: &[Message]) -> Vec<&str> {
    let mut names: Vec<&str> = messages.iter().map(|message| message.target.split('@').next().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn strangers_bring_three_messages_a_day_upon_one_target_and_none_upon_who_refused() {
    let (_folder, storage) = open().await;
    for _ in 0..5 {
        // Another spelling of the same mailbox.
        storage.ask_to_be_told(ask("ada+x", &[]), NOW).await.unwrap();
        storage.ask_to_be_told(ask("ADA", &[]), NOW).await.unwrap();
    }
    let waiting = due(&storage, NOW).await;
    assert_eq!(names(&waiting), ["ADA", "ada+x"], "each once, and no second one while it waits");
    for message in waiting {
        storage.drop_message(message.id).await.unwrap();
    }
    storage.ask_to_be_told(ask("ADA", &[]), NOW).await.unwrap();
    assert_eq!(due(&storage, NOW).await, [], "the day's three are used up");
    let tomorrow = NOW + DAY;
    storage.ask_to_be_told(ask("ADA", &[]), tomorrow).await.unwrap();
    let message = due(&storage, tomorrow).await.remove(0);
    storage.add_subscription_token(message.subscription, token(1), tomorrow).await.unwrap();
    storage.end_subscription(token(1), true, tomorrow).await.unwrap();
    let next_week = NOW + DAY * 8;
    storage.sweep_subscriptions(next_week, NOW).await.unwrap();
    storage.ask_to_be_told(ask("ada", &[]), next_week).await.unwrap();
    assert_eq!(due(&storage, next_week).await, [], "whoever said no is left alone");
    let later = NOW + DAY * 40;
    storage.ask_to_be_told(ask("ada", &[]), later).await.unwrap();
    assert_eq!(due(&storage, later).await.len(), 1);
    storage.close().await;
}

#[tokio::test]
async fn unconfirmed_ones_are_bounded_and_expire() {
    let (_folder, storage) = open().await;
    for number in 0..MAX_PENDING {
        assert_eq!(storage.ask_to_be_told(ask(&format!("n{number}"), &[]), NOW).await.unwrap(), Asked::Taken);
    }
    assert_eq!(storage.ask_to_be_told(ask("one-more", &[]), NOW).await.unwrap(), Asked::Full);
    assert_eq!(storage.ask_to_be_told(ask("n1", &[]), NOW).await.unwrap(), Asked::Full, "known or not");
    let counts = storage.subscription_counts().await.unwrap();
    assert_eq!((counts.confirmed, counts.pending, counts.waiting), (0, 500, 500));
    let before = NOW + PENDING_FOR - Duration::from_secs(1);
    storage.sweep_subscriptions(before, NOW).await.unwrap();
    assert_eq!(storage.subscription_counts().await.unwrap().pending, 500);
    storage.sweep_subscriptions(NOW + PENDING_FOR, NOW).await.unwrap();
    let counts = storage.subscription_counts().await.unwrap();
    assert_eq!((counts.pending, counts.waiting), (0, 0), "and so do their messages");
    storage.close().await;
}

#[tokio::test]
async fn a_note_waits_for_those_whom_it_concerns_and_who_consented() {
    let (_folder, storage) = open().await;
    subscribed(&storage, "all", &[], 1).await;
    subscribed(&storage, "web", &["web", "api"], 2).await;
    subscribed(&storage, "mail", &["mail"], 3).await;
    storage.ask_to_be_told(ask("silent", &[]), NOW).await.unwrap();
    let id = incident(&storage, &["web"]).await;
    let notes = |messages: Vec<Message>| -> Vec<Message> {
        messages.into_iter().filter(|message| matches!(message.what, What::Note(_))).collect()
    };
    let first = notes(due(&storage, NOW).await);
    assert_eq!(names(&first), ["all", "web"]);
    let What::Note(update) = &first[0].what else { panic!() };
    let (told, note) = storage.note_to_tell(update).await.unwrap().unwrap();
    assert_eq!((told.id.clone(), note.body.as_str()), (id.clone(), "We look into it."));

    // One by one and in order: the second note waits behind the first.
    let new = NewUpdate { incident: id.clone(), version: 1, phase: Phase::Resolved, body: "Done.".to_owned() };
    storage.add_update(new, &ada(), NOW).await.unwrap();
    assert_eq!(notes(due(&storage, NOW).await), first);
    storage.put_off_message(first[0].id.clone(), "x".repeat(900), 1, NOW + DAY).await.unwrap();
    assert_eq!(notes(due(&storage, NOW).await).len(), 1);
    assert_eq!(storage.next_message(Channel::Email, NOW).await.unwrap(), Some(NOW + DAY));
    storage.hurry_messages(NOW).await.unwrap();
    storage.drop_message(first[1].id.clone()).await.unwrap();
    let next = notes(due(&storage, NOW).await);
    assert_eq!(next.len(), 2);
    assert_ne!(next[1].id, first[1].id);

    // What was withdrawn is told to nobody.
    let version = storage.incident(&id).await.unwrap().unwrap().version;
    storage.withdraw_incident(&id, version, true, &ada(), NOW).await.unwrap();
    assert_eq!(storage.note_to_tell(update).await.unwrap(), None);
    storage.close().await;
}

#[tokio::test]
async fn a_token_leads_to_its_subscription_until_it_ends_and_is_stored_as_a_hash_alone() {
    let (_folder, storage) = open().await;
    subscribed(&storage, "ada", &["web"], 1).await;
    let shown = storage.subscription(token(1), NOW).await.unwrap().unwrap();
    assert!(shown.confirmed && shown.target == "ada@example.com");
    let mail: ComponentSlug = "mail".parse().unwrap();
    storage.change_subscription(token(1), vec![mail.clone()], NOW).await.unwrap();
    let components = storage.subscription(token(1), NOW).await.unwrap().unwrap().components;
    assert_eq!(components, std::slice::from_ref(&mail));

    // Whoever asks again changes nothing; the owner gets a fresh link.
    storage.ask_to_be_told(ask("ada", &[]), NOW).await.unwrap();
    let message = due(&storage, NOW).await.remove(0);
    assert_eq!((message.what, message.components), (What::Manage, vec![mail]));

    assert_eq!(storage.subscription(token(2), NOW).await.unwrap(), None);
    let late = NOW + TOKEN_LIFE;
    assert_eq!(storage.subscription(token(1), late).await.unwrap(), None, "links do not hold for ever");
    assert!(matches!(storage.confirm_subscription(token(1), late).await, Err(StorageError::NotFound(_))));
    storage.end_subscription(token(1), false, NOW).await.unwrap();
    assert_eq!(storage.subscription(token(1), NOW).await.unwrap(), None);
    assert_eq!(storage.subscription_counts().await.unwrap(), SubscriptionCounts::default());
    assert!(!storage.add_subscription_token(message.subscription, token(3), NOW).await.unwrap());
    storage.close().await;
}

#[tokio::test]
async fn each_window_of_announced_work_is_told_once() {
    let (_folder, storage) = open().await;
    subscribed(&storage, "all", &[], 1).await;
    subscribed(&storage, "mail", &["mail"], 2).await;
    let tell = |begins: At| {
        let web: ComponentSlug = "web".parse().unwrap();
        storage.tell_of_window("patches".to_owned(), begins, vec![web], "{}".to_owned(), NOW)
    };
    for _ in 0..3 {
        tell(NOW + DAY).await.unwrap();
    }
    let waiting = due(&storage, NOW).await;
    assert_eq!(names(&waiting), ["all"]);
    assert_eq!(waiting[0].what, What::Maintenance("{}".to_owned()));
    tell(NOW + DAY * 8).await.unwrap();
    assert_eq!(storage.subscription_counts().await.unwrap().waiting, 2);
    storage.close().await;
}
