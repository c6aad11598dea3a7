//! `gatewatch user add|list|passwd|setup-link`: accounts.

use super::{Failure, print, secret, with_storage};
use crate::auth::{Auth, AuthError};
use crate::clock;
use crate::config::server::reachable;
use clap::Subcommand;
use std::path::Path;

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Create an account; the password is asked for, or read from standard input
    Add {
        /// Sign-in name
        name: String,
    },
    /// List the accounts
    List,
    /// Set a new password, which ends all sessions of the account
    Passwd {
        /// Sign-in name
        name: String,
    },
    /// Print a fresh one-time set-up link, while no account exists
    SetupLink,
}

pub(super) fn run(config: Option<&Path>, action: Action) -> Result<(), Failure> {
    with_storage(config, |loaded, storage| async move {
        let auth = Auth::new(storage.clone());
        match action {
            Action::Add { name } => {
                let password = secret::new_password(&name)?;
                let admin = auth.add_user(&name, &password, clock::now()).await.map_err(failed)?;
                print::line(&format!("Created the account {}.", admin.name));
            }
            Action::List => {
                for user in storage.users().await? {
                    print::line(&format!("{}\tcreated {}", user.admin.name, clock::rfc3339(user.created_at)));
                }
            }
            Action::Passwd { name } => {
                // A wrong name is told before somebody types a password twice.
                if storage.user_by_name(name.trim()).await?.is_none() {
                    return Err(failed(AuthError::NoSuchUser { name }));
                }
                let password = secret::new_password(&name)?;
                auth.set_password(&name, &password, clock::now()).await.map_err(failed)?;
                print::line(&format!("Set a new password for {name}; all its sessions have ended."));
            }
            Action::SetupLink => {
                let token = auth.new_setup_link(clock::now()).await.map_err(failed)?;
                let server = &loaded.config.server;
                print::line(&token.link(&server.shown_url(reachable(server.listen))));
            }
        }
        Ok(())
    })
}

fn failed(error: AuthError) -> Failure {
    Failure::Failed(error.to_string())
}
