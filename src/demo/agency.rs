//! The demo agency, chapter by chapter.

use crate::accounts::actions::{self, RegisterError, Registration};
use crate::accounts::{Role, store};
use crate::app::Parts;
use crate::error::AppResult;
use crate::events::Actor;

use super::{ACCOUNTS, PASSWORD};

/// Makes what is missing of the demo agency.
pub async fn open(parts: &Parts) -> AppResult<()> {
    staff(parts).await
}

/// The owner and a recruiter.
async fn staff(parts: &Parts) -> AppResult<()> {
    for (email, name, role) in [
        (ACCOUNTS[0], "Olivia Owner", Role::Admin),
        (ACCOUNTS[1], "Renata Molina", Role::Recruiter),
    ] {
        let mut tx = parts.db.begin().await?;
        if store::credentials(&mut tx, email).await?.is_some() {
            continue;
        }
        let password_hash = &parts.passwords.hash(PASSWORD.to_owned()).await?;
        let registration = Registration {
            email,
            name,
            password_hash,
            role,
            organization: None,
        };
        match actions::register(&mut tx, &Actor::operator(), parts.clock.now(), &registration).await {
            Ok(_) => tx.commit().await?,
            // Another start of the demo was faster.
            Err(RegisterError::EmailTaken) => {}
            Err(RegisterError::Other(error)) => return Err(error),
        }
    }
    Ok(())
}
