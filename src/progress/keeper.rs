//! What keeps: reads and writes the device. It comes in the piece of what shows progress, so that a
//! page does not wait for it.

use leptos::prelude::*;
use orrery_core::catalog::CARDS;
use orrery_core::progress::{Deed, Progress, ProgressError};

use crate::progress::{KEY, Kept, STATE, State, Trouble, key_before};
use crate::storage;

impl Kept {
    /// Keeps something more.
    pub(super) fn keep(self, pattern: &str, deed: Deed<'_>) {
        let _ = self.grow(|progress| {
            progress.note(pattern, deed);
            Ok(())
        });
    }

    /// Adds what a file holds.
    ///
    /// # Errors
    ///
    /// When that is no progress, or too much of it. Then nothing is added.
    pub(super) fn add(self, text: &str) -> Result<(), ProgressError> {
        self.grow(|progress| progress.add(text))
    }

    /// Reads what is on the device, now and when another page of this site has changed it, until the
    /// owner is disposed of.
    pub(super) fn follow(self) {
        self.look_again();
        let handle = window_event_listener_untyped("storage", move |_| self.look_again());
        on_cleanup(move || handle.remove());
    }

    /// Begins anew with what is on the device by now.
    pub(super) fn look_again(self) {
        if self.on_device {
            let _ = self.grow(|_| Ok(()));
        }
    }

    /// Forgets everything, here and on the device.
    pub(super) fn erase(self) {
        let keys = std::iter::once(KEY.to_owned()).chain(CARDS.iter().map(key_before));
        let outcomes: Vec<_> = keys.map(|key| storage::remember(&key, None)).collect();
        let refused = outcomes.iter().any(Result::is_err);
        STATE.set(State {
            progress: Progress::default(),
            trouble: refused.then_some(Trouble::Refused),
        });
    }

    /// Changes what is kept. It starts from what is on the device, so that pages that are open side
    /// by side lose nothing of each other and what one has erased stays so.
    fn grow(
        self,
        change: impl FnOnce(&mut Progress) -> Result<(), ProgressError>,
    ) -> Result<(), ProgressError> {
        let before = STATE.get_untracked();
        let stored = if self.on_device {
            on_device()
        } else {
            Ok(Progress::default())
        };
        let (mut progress, mut trouble) = match stored {
            Ok(stored) => (stored, None),
            Err(trouble) => (Progress::default(), Some(trouble)),
        };
        // What the device did not take is only here.
        if !self.on_device || trouble.is_some() || before.trouble.is_some() {
            progress.merge(&before.progress);
        }
        let stored = progress.clone();
        change(&mut progress)?;
        let is_new = progress != stored || before.trouble.is_some();
        if self.on_device && trouble.is_none() && is_new {
            let written = storage::remember(KEY, Some(&progress.write()));
            trouble = written.is_err().then_some(Trouble::Refused);
        }
        if progress != before.progress || trouble != before.trouble {
            STATE.set(State { progress, trouble });
        }
        Ok(())
    }
}

/// What the device keeps.
fn on_device() -> Result<Progress, Trouble> {
    let refused = |_| Trouble::Refused;
    let mut progress = match storage::remembered(KEY).map_err(refused)? {
        Some(text) => Progress::read(&text).map_err(Trouble::Unreadable)?,
        None => Progress::default(),
    };
    let mut moved = Vec::new();
    for card in CARDS {
        let key = key_before(card);
        if let Some(slugs) = storage::remembered(&key).map_err(refused)? {
            for slug in slugs.split_whitespace() {
                progress.note(card.slug, Deed::Challenge(slug));
            }
            moved.push(key);
        }
    }
    if !moved.is_empty() {
        storage::remember(KEY, Some(&progress.write())).map_err(refused)?;
        for key in moved {
            storage::remember(&key, None).map_err(refused)?;
        }
    }
    Ok(progress)
}
