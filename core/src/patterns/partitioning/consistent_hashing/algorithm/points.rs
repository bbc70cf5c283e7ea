//! The search structure of the ring: the first of many sorted positions at or after a given one.

/// Sorted positions on the circle of 2^64, indexed by their top bits.
///
/// The circle is cut into at least as many equal buckets as there are positions, and each bucket
/// knows its first position. Hash points spread evenly, so that few buckets have more than two and
/// a lookup compares that many without a branch to guess wrong: O(1) expected. More buckets would
/// take more of the nearest cache than they save comparisons.
/// However badly they spread, a crowded bucket is searched by halving: O(log positions).
///
/// ```
/// use orrery_core::patterns::partitioning::consistent_hashing::algorithm::PointIndex;
///
/// let index = PointIndex::new(vec![10, 20, 20, u64::MAX]);
/// assert_eq!(index.first_from(11), 1);
/// assert_eq!(index.first_from(20), 1);
/// assert_eq!(index.first_from(21), 3);
/// assert_eq!(PointIndex::new(vec![10, 20]).first_from(21), 2); // past the last
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointIndex {
    /// The positions, then [`SCANNED`] times the largest value, so that a scan may overrun.
    padded: Vec<u64>,
    /// For each bucket the index of its first position or of the next one after it; at the end the
    /// number of positions.
    bucket_starts: Vec<u32>,
    /// A position shifted right by this is its bucket.
    shift: u32,
}

/// How many positions of a bucket are compared without looking how many it has.
const SCANNED: usize = 2;

impl PointIndex {
    /// Indexes `positions`, which must be sorted and fewer than 2^32. O(positions).
    pub fn new(mut positions: Vec<u64>) -> Self {
        debug_assert!(positions.is_sorted());
        let bits = positions.len().next_power_of_two().ilog2().max(1);
        let shift = u64::BITS - bits;
        let buckets = 1 << bits;
        let mut bucket_starts = Vec::with_capacity(buckets + 1);
        for (index, position) in (0_u32..).zip(&positions) {
            let bucket = (position >> shift) as usize;
            // This one is the first of its bucket and of the empty ones before it.
            if bucket >= bucket_starts.len() {
                bucket_starts.resize(bucket + 1, index);
            }
        }
        bucket_starts.resize(buckets + 1, positions.len() as u32);
        positions.extend([u64::MAX; SCANNED]);
        Self {
            padded: positions,
            bucket_starts,
            shift,
        }
    }

    /// The index of the first position at or after `position`, or the number of positions when
    /// all lie before it.
    pub fn first_from(&self, position: u64) -> usize {
        // region: search
        let bucket = (position >> self.shift) as usize;
        let start = self.bucket_starts[bucket] as usize;
        let end = self.bucket_starts[bucket + 1] as usize;
        if end - start > SCANNED {
            return start + self.padded[start..end].partition_point(|point| *point < position);
        }
        // Those past the end of the bucket are not below `position` and count nothing.
        let scanned = &self.padded[start..start + SCANNED];
        let below = scanned.iter().map(|point| usize::from(*point < position));
        start + below.sum::<usize>()
        // endregion
    }

    /// The positions, sorted.
    pub fn positions(&self) -> &[u64] {
        &self.padded[..self.padded.len() - SCANNED]
    }
}
