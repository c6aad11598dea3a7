//! Incidents: versions, withdrawals, earlier texts.

use super::*;
use app::backend::{EditIncident, EditUpdate, NewIncident, NewPostmortem, NewUpdate};
use app::model::{Impact, Incident, IncidentId, Phase};

fn new() -> NewIncident {
    NewIncident {
        title: "Shop answers 502".to_owned(),
        impact: Impact::Major,
        phase: Phase::Investigating,
        body: "We **look** into it.".to_owned(),
        components: vec!["web".parse().unwrap(), "api".parse().unwrap()],
        started_at: Some(At(NOW.0 - 1000)),
    }
}

fn next(incident: &Incident, phase: Phase) -> NewUpdate {
    NewUpdate { incident: incident.id.clone(), version: incident.version, phase, body: phase.label().to_owned() }
}

async fn stored(storage: &Storage, id: &IncidentId) -> Incident {
    storage.incident(id).await.unwrap().unwrap()
}

fn later(milliseconds: i64) -> At {
    At(NOW.0 + milliseconds)
}

#[tokio::test]
async fn an_incident_runs_from_opened_to_resolved() {
    let (_folder, storage) = open().await;
    let id = storage.open_incident(new(), &ada(), NOW).await.unwrap();
    let opened = stored(&storage, &id).await;
    assert_eq!((opened.version, opened.phase, opened.started_at), (1, Phase::Investigating, At(NOW.0 - 1000)));
    assert_eq!(opened.updates[0].html, "<p>We <strong>look</strong> into it.</p>\n");
    assert_eq!(opened.components, new().components);
    storage.add_update(next(&opened, Phase::Resolved), &ada(), later(5)).await.unwrap();
    let resolved = stored(&storage, &id).await;
    assert_eq!((resolved.version, resolved.resolved_at), (2, Some(later(5))));
    assert_eq!(resolved.updates.len(), 2);
    assert_eq!(resolved.updates[0].phase, Phase::Resolved, "newest first");
    assert!(storage.active_incidents().await.unwrap().is_empty());
    assert_eq!(storage.resolved_incidents(later(5)).await.unwrap().as_slice(), std::slice::from_ref(&resolved));
    assert!(storage.resolved_incidents(later(6)).await.unwrap().is_empty());
    assert_eq!(storage.incidents_begun(At(NOW.0 - 1000), NOW).await.unwrap().len(), 1);
    assert!(storage.incidents_begun(NOW, later(9)).await.unwrap().is_empty());
    let wrong = storage.add_update(next(&resolved, Phase::Monitoring), &ada(), later(6)).await;
    assert!(matches!(wrong, Err(StorageError::Invalid(_))), "{wrong:?}");
}

#[tokio::test]
async fn of_two_admins_on_one_version_only_the_first_succeeds() {
    let (_folder, storage) = open().await;
    let id = storage.open_incident(new(), &ada(), NOW).await.unwrap();
    let seen = stored(&storage, &id).await;
    let ada = ada();
    let (one, two) = tokio::join!(
        storage.add_update(next(&seen, Phase::Identified), &ada, later(1)),
        storage.add_update(next(&seen, Phase::Monitoring), &ada, later(1)),
    );
    assert!(one.is_ok() && matches!(two, Err(StorageError::Conflict)), "{one:?} {two:?}");
    let edit = |version| EditUpdate {
        incident: id.clone(),
        update: seen.updates[0].id.clone(),
        version,
        phase: Phase::Investigating,
        body: "Rewritten.".to_owned(),
    };
    storage.edit_update(edit(1), &ada, later(2)).await.unwrap();
    assert!(matches!(storage.edit_update(edit(1), &ada, later(3)).await, Err(StorageError::Conflict)));
    let withdraw = storage.withdraw_incident(&id, 1, true, &ada, later(3)).await;
    assert!(matches!(withdraw, Err(StorageError::Conflict)));
    assert_eq!(stored(&storage, &id).await.updates.len(), 2, "the refused one left nothing behind");
}

#[tokio::test]
async fn earlier_texts_are_kept() {
    let (_folder, storage) = open().await;
    let id = storage.open_incident(new(), &ada(), NOW).await.unwrap();
    let update = stored(&storage, &id).await.updates[0].id.clone();
    let edit = EditUpdate {
        incident: id.clone(),
        update: update.clone(),
        version: 1,
        phase: Phase::Identified,
        body: "It is the *pool*.".to_owned(),
    };
    storage.edit_update(edit, &ada(), later(1)).await.unwrap();
    let edited = stored(&storage, &id).await;
    assert_eq!((edited.phase, edited.version), (Phase::Identified, 2));
    assert_eq!(edited.updates[0].edited_at, Some(later(1)));
    let edit = EditIncident {
        id: id.clone(),
        version: 2,
        title: "Shop is down".to_owned(),
        impact: Impact::Critical,
        components: vec!["web".parse().unwrap()],
        started_at: At(NOW.0 - 5000),
    };
    storage.edit_incident(edit, &ada(), later(2)).await.unwrap();
    let renamed = stored(&storage, &id).await;
    assert_eq!((&*renamed.title, renamed.impact, renamed.version), ("Shop is down", Impact::Critical, 3));
    assert_eq!(renamed.components.len(), 1);
    let texts: Vec<_> = storage.revisions(&id).await.unwrap().into_iter().map(|r| (r.update, r.text, r.by)).collect();
    assert_eq!(
        texts,
        [
            (None, "Shop answers 502 (impact: major; components: web, api)".to_owned(), "Ada".to_owned()),
            (Some(update), "We **look** into it.".to_owned(), "Ada".to_owned()),
        ]
    );
    let actions: Vec<String> = storage.audit_rows(9).await.unwrap().into_iter().map(|row| row.action).collect();
    assert_eq!(actions, ["incident-edit", "update-edit", "incident-open"]);
}

#[tokio::test]
async fn what_is_withdrawn_is_for_admins_only_and_can_come_back() {
    let (_folder, storage) = open().await;
    let id = storage.open_incident(new(), &ada(), NOW).await.unwrap();
    let opened = stored(&storage, &id).await;
    let wrong = storage.add_update(next(&opened, Phase::Resolved), &ada(), later(1)).await.unwrap();
    storage.withdraw_update(&id, &wrong, 1, true, &ada(), later(2)).await.unwrap();
    let public = storage.public_incident(&id).await.unwrap().unwrap();
    assert_eq!((public.updates.len(), public.phase, public.resolved_at), (1, Phase::Investigating, None));
    assert_eq!(stored(&storage, &id).await.updates.len(), 2);
    storage.withdraw_update(&id, &wrong, 2, false, &ada(), later(3)).await.unwrap();
    let again = storage.public_incident(&id).await.unwrap().unwrap();
    assert_eq!((again.phase, again.resolved_at), (Phase::Resolved, Some(later(1))));
    storage.withdraw_incident(&id, again.version, true, &ada(), later(4)).await.unwrap();
    assert_eq!(storage.public_incident(&id).await.unwrap(), None);
    assert!(storage.resolved_incidents(At(0)).await.unwrap().is_empty());
    assert!(storage.incidents(100).await.unwrap()[0].withdrawn);
}

#[tokio::test]
async fn a_look_back_is_written_once_it_is_over_and_shown_only_then() {
    let (_folder, storage) = open().await;
    let id = storage.open_incident(new(), &ada(), NOW).await.unwrap();
    let look_back = |version| NewPostmortem { incident: id.clone(), version, body: "A *leak*.".to_owned() };
    let early = storage.add_postmortem(look_back(1), &ada(), NOW).await.unwrap_err();
    assert!(early.to_string().contains("resolve the incident first"), "{early}");
    let step = |version, phase| NewUpdate { incident: id.clone(), version, phase, body: "So.".to_owned() };
    storage.add_update(step(1, Phase::Resolved), &ada(), At(NOW.0 + 1)).await.unwrap();
    let written = storage.add_postmortem(look_back(2), &ada(), At(NOW.0 + 9)).await.unwrap();
    let seen = storage.public_incident(&id).await.unwrap().unwrap();
    assert_eq!(seen.postmortem().map(|update| update.html.as_str()), Some("<p>A <em>leak</em>.</p>\n"));
    assert_eq!((seen.timeline().count(), seen.resolved_at), (2, Some(At(NOW.0 + 1))), "the end stays where it was");
    assert!(matches!(storage.add_postmortem(look_back(2), &ada(), NOW).await, Err(StorageError::Conflict)));
    let second = storage.add_postmortem(look_back(seen.version), &ada(), NOW).await.unwrap_err();
    assert!(second.to_string().contains("there is one already"), "{second}");

    // An edit keeps the earlier text, and makes no other note of it.
    let edit = EditUpdate {
        incident: id.clone(),
        update: written.clone(),
        version: 1,
        phase: Phase::Investigating,
        body: "A *slow* leak.".to_owned(),
    };
    storage.edit_update(edit, &ada(), At(NOW.0 + 10)).await.unwrap();
    let seen = storage.public_incident(&id).await.unwrap().unwrap();
    assert_eq!((seen.phase, seen.postmortem().unwrap().body.as_str()), (Phase::Resolved, "A *slow* leak."));
    let earlier = storage.revisions(&id).await.unwrap();
    assert_eq!((earlier[0].text.as_str(), earlier[0].update.as_ref()), ("A *leak*.", Some(&written)));

    // Open again, it is not over; over again, it is.
    storage.add_update(step(seen.version, Phase::Investigating), &ada(), At(NOW.0 + 20)).await.unwrap();
    let open = storage.public_incident(&id).await.unwrap().unwrap();
    assert!(open.phase == Phase::Investigating && open.updates.iter().all(|update| !update.postmortem), "{open:?}");
    storage.add_update(step(open.version, Phase::Resolved), &ada(), At(NOW.0 + 30)).await.unwrap();
    let over = storage.public_incident(&id).await.unwrap().unwrap();
    assert!(over.postmortem().is_some() && over.resolved_at == Some(At(NOW.0 + 30)), "{over:?}");

    // Withdrawn it leaves its place to another, and does not come back beside that.
    storage.withdraw_update(&id, &written, 2, true, &ada(), NOW).await.unwrap();
    let version = storage.incident(&id).await.unwrap().unwrap().version;
    storage.add_postmortem(look_back(version), &ada(), At(NOW.0 + 40)).await.unwrap();
    let back = storage.withdraw_update(&id, &written, 3, false, &ada(), NOW).await.unwrap_err();
    assert!(back.to_string().contains("there is one already"), "{back}");
    storage.close().await;
}
