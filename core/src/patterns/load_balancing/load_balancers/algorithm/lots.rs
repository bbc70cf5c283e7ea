//! By lot: one draw, or the best of several.

use super::{Ask, Backends, Balance, Dice};

/// So many draws at most.
pub const MOST_DRAWS: usize = 8;

/// Draws some backends and takes the one that is least busy for what it is worth.
///
/// One draw is plain chance. Two make the longest queue exponentially shorter, and ask about no
/// more than two servers (Mitzenmacher 2001); each further one gains little. Nobody is drawn twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// How many are drawn, as far as there are so many; 0 counts as 1, more than [`MOST_DRAWS`] as
    /// that.
    pub draws: u32,
}

impl Balance for Choices {
    fn pick(&mut self, _: Ask, backends: &Backends, dice: &mut dyn Dice) -> Option<usize> {
        let open = backends.open();
        // Their places among the open ones, in order.
        let mut drawn = [0; MOST_DRAWS];
        let mut best = None;
        let draws = (self.draws as usize).clamp(1, MOST_DRAWS);
        for nth in 0..draws.min(open.len()) {
            // region: choices
            let mut place = dice.below((open.len() - nth) as u64) as usize;
            let mut before = 0;
            while before < nth && drawn[before] <= place {
                (place, before) = (place + 1, before + 1);
            }
            drawn.copy_within(before..nth, before + 1);
            drawn[before] = place;
            let backend = open[place] as usize;
            if best.is_none_or(|best| backends.is_less_busy(backend, best)) {
                best = Some(backend);
            }
            // endregion
        }
        best
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
