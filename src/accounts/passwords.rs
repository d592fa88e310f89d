//! Password hashing: argon2id off the async threads, bounded.
//!
//! A verification takes about 50 ms and 19 MiB. At most [`AT_ONCE`] run at a time and at most [`WAITING`] wait; whoever
//! comes on top is told to try again, so that a flood of logins cannot take the memory or the processors of the pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::web;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{AppError, AppResult};

/// Hashes computed at a time.
const AT_ONCE: usize = 2;
/// Requests that may wait for their turn.
const WAITING: usize = 32;

/// Hashes and verifies passwords; cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    memory_kib: u32,
    /// Verified for unknown addresses, so that they take the same time.
    dummy: Arc<str>,
}

/// Counts a waiting request down when it is dropped, also when its future is.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Passwords {
    /// The strength for real accounts: 19 MiB, two passes (OWASP's first choice for argon2id).
    pub fn strong() -> Self {
        Self::with_memory(Params::DEFAULT_M_COST)
    }

    /// A chosen memory cost in KiB; tests take a small one.
    pub fn with_memory(memory_kib: u32) -> Self {
        let dummy = hasher(memory_kib)
            .hash_password(b"nobody has this password")
            .map(|hash| hash.to_string())
            .unwrap_or_default();
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(AtomicUsize::new(0)),
            memory_kib,
            dummy: dummy.into(),
        }
    }

    /// Hashes that are being computed, and requests that wait for their turn.
    pub fn load(&self) -> (usize, usize) {
        let computed = AT_ONCE.saturating_sub(self.turns.available_permits());
        (computed, self.waiting.load(Ordering::SeqCst))
    }

    /// A PHC string for a new password.
    pub async fn hash(&self, password: String) -> AppResult<String> {
        let memory = self.memory_kib;
        self.in_turn(move || {
            hasher(memory)
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
        })
        .await?
        .map_err(|error| AppError::internal(error.to_string()))
    }

    /// Whether `password` belongs to `stored`; without a stored hash it takes as long and says no.
    pub async fn verify(&self, password: String, stored: Option<String>) -> AppResult<bool> {
        let known = stored.is_some();
        let against = stored.unwrap_or_else(|| self.dummy.to_string());
        let matches = self
            .in_turn(move || {
                PasswordHash::new(&against)
                    .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(known && matches)
    }

    /// Runs `work` on the blocking pool when its turn comes.
    async fn in_turn<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> AppResult<R> {
        let busy = || AppError::Busy("Too many people are signing in at this moment.".into());
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= WAITING {
            return Err(busy());
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| busy())?;
        drop(waiting);
        // The permit travels with the work: a request that goes away does not free the processor it still uses.
        web::block(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|_| busy())
    }
}

fn hasher(memory_kib: u32) -> Argon2<'static> {
    let params = Params::new(memory_kib, Params::DEFAULT_T_COST, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = Passwords::with_memory(64);
        let hash = passwords.hash("correct horse".to_owned()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$"));
        assert!(
            passwords
                .verify("correct horse".to_owned(), Some(hash.clone()))
                .await
                .expect("verified")
        );
        assert!(
            !passwords
                .verify("wrong horse".to_owned(), Some(hash))
                .await
                .expect("verified")
        );
        assert!(
            !passwords
                .verify("nobody has this password".to_owned(), None)
                .await
                .expect("verified")
        );
    }
}
