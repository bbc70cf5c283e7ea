//! Which nodes may stay where they are when a list changes its order.

/// The positions to keep: a longest stretch of `old` places that is already increasing, with the
/// position `pinned` among them if there is one.
///
/// `old[i]` is where the i-th thing stood before, `None` for a thing that is new. Everything that
/// is not kept must be inserted anew. Takes O(n log n).
pub(super) fn kept(old: &[Option<usize>], pinned: Option<usize>) -> Vec<bool> {
    let pin = pinned.and_then(|at| Some((at, (*old.get(at)?)?)));
    let agrees = |at: usize, place: usize| {
        pin.is_none_or(|(pin_at, pin_place)| at.cmp(&pin_at) == place.cmp(&pin_place))
    };
    // The last position of the best run of each length, and each position's forerunner.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; old.len()];
    for (at, place) in old.iter().enumerate() {
        let Some(place) = *place else { continue };
        if !agrees(at, place) {
            continue;
        }
        let length = ends.partition_point(|&(end, _)| end < place);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter].1);
        ends.truncate(ends.len().max(length));
        match ends.get_mut(length) {
            Some(end) => *end = (place, at),
            None => ends.push((place, at)),
        }
    }
    let mut keep = vec![false; old.len()];
    let mut next = ends.last().map(|&(_, at)| at);
    while let Some(at) = next {
        keep[at] = true;
        next = before[at];
    }
    keep
}

#[cfg(test)]
mod tests {
    use super::kept;

    fn check(old: &[usize], pinned: Option<usize>, expected: &str) {
        let old: Vec<Option<usize>> = old.iter().map(|&place| Some(place)).collect();
        let kept: String = kept(&old, pinned)
            .into_iter()
            .map(|keep| if keep { 'k' } else { '.' })
            .collect();
        assert_eq!(kept, expected, "{old:?} pinned {pinned:?}");
    }

    #[test]
    fn an_unchanged_order_moves_nothing() {
        check(&[0, 1, 2, 3], None, "kkkk");
        check(&[2, 5, 9], None, "kkk");
        check(&[], None, "");
    }

    #[test]
    fn one_that_jumps_is_the_only_one_that_moves() {
        check(&[3, 0, 1, 2], None, ".kkk");
        check(&[1, 2, 3, 0], None, "kkk.");
    }

    #[test]
    fn a_pinned_one_stays_even_where_moving_it_would_be_cheaper() {
        check(&[3, 0, 1, 2], Some(0), "k...");
        check(&[1, 0], Some(0), "k.");
        check(&[1, 0], Some(1), ".k");
    }

    #[test]
    fn a_new_one_is_never_kept() {
        assert_eq!(kept(&[Some(0), None, Some(1)], None), [true, false, true]);
        assert_eq!(kept(&[None, Some(0)], Some(0)), [false, true]);
    }
}
