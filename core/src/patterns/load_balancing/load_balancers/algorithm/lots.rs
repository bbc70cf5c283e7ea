//! By lot: one draw, or the best of several.

use super::{Ask, Backends, Balance, Dice};

/// Draws some backends and takes the one that is least busy for what it is worth.
///
/// One draw is plain chance. Two make the longest queue exponentially shorter, and ask about no
/// more than two servers (Mitzenmacher 2001); each further one gains little. Who is drawn twice is
/// drawn again, unless there are not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// How many are drawn; 0 counts as 1.
    pub draws: u32,
}

impl Balance for Choices {
    fn pick(&mut self, _: Ask, backends: &Backends, dice: &mut dyn Dice) -> Option<usize> {
        // region: choices
        let mut best = draw(backends, None, dice)?;
        let mut last = best;
        for _ in 1..self.draws {
            last = draw(backends, Some(last), dice)?;
            if backends.is_less_busy(last, best) {
                best = last;
            }
        }
        // endregion
        Some(best)
    }
}

/// An open backend, each as likely; another one than `last` if there is one.
pub(super) fn draw(backends: &Backends, last: Option<usize>, dice: &mut dyn Dice) -> Option<usize> {
    let open = backends.open();
    let place = last.and_then(|last| open.binary_search(&(last as u32)).ok());
    let Some(place) = place.filter(|_| open.len() > 1) else {
        return Some(*open.get(dice.below(open.len() as u64) as usize)? as usize);
    };
    let drawn = dice.below(open.len() as u64 - 1) as usize;
    Some(open[drawn + usize::from(drawn >= place)] as usize)
}

/// For a request that `tried` has not answered: of two others the less busy one.
pub fn another(backends: &Backends, tried: usize, dice: &mut dyn Dice) -> Option<usize> {
    // region: another
    let first = draw(backends, Some(tried), dice)?;
    let second = draw(backends, Some(tried), dice)?;
    let better = backends.is_less_busy(second, first);
    Some(if better { second } else { first })
    // endregion
}
