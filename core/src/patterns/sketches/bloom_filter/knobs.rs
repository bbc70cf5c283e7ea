//! What can be set, done and measured.

use super::algorithm::{BLOCK_BITS, BlockedFilter, HashFunction, Shape, Stride, best_hashes};

crate::choices! {
    /// Which filter it is.
    pub(crate) enum Mode {
        /// One bit per place.
        Plain = "plain", "Plain";
        /// A counter of four bits per place, so that keys can be removed.
        Counting = "counting", "Counting";
        /// All bits of a key in one cache line.
        Blocked = "blocked", "Blocked";
    }
}

crate::choices! {
    /// From what the filter is sized.
    pub(crate) enum SizeBy {
        /// Keys planned for, and the rate that is wanted.
        Rate = "rate", "Keys and rate";
        /// A number of bits.
        Bits = "bits", "Bits";
        /// A number of bytes.
        Memory = "memory", "Memory";
    }
}

crate::choices! {
    /// How keys are hashed.
    pub(crate) enum Function {
        /// As Guava does.
        Murmur3 = "murmur3", "MurmurHash3, as Guava";
        /// Faster.
        Xxh3 = "xxh3", "XXH3";
    }
}

crate::choices! {
    /// How far it is from one bit of a key to the next.
    pub(crate) enum Step {
        /// The second half of the hash.
        SecondHalf = "second-half", "Second half of the hash";
        /// A multiple of 64.
        Shared = "multiple-of-64", "A multiple of 64";
        /// Nothing.
        Zero = "zero", "None: one bit k times";
    }
}

crate::choices! {
    /// What becomes of a removal from a filter that has no counters.
    pub(crate) enum Removal {
        /// It is refused.
        Refused = "refused", "Refused";
        /// The bits of the key are cleared.
        Clears = "clears", "Clears its bits";
    }
}

crate::choices! {
    /// Where keys come from.
    pub(crate) enum Source {
        /// Random digits.
        Random = "random", "Random";
        /// Pairs of words.
        Words = "words", "Words";
        /// Addresses of pages.
        Urls = "urls", "Web addresses";
        /// Only from whoever types or pastes them.
        Typed = "typed", "Only typed and pasted";
    }
}

crate::knobs! {
    /// What can be set.
    pub(crate) struct Knobs {
        /// Which filter it is: one bit per place, a counter per place, or all bits of a key in one
        /// cache line.
        mode: Mode = Mode::Plain, "Filter", group("Filter");
        /// From what the filter is sized: the keys planned for and the rate that is wanted, a
        /// number of bits, or memory.
        size_by: SizeBy = SizeBy::Rate, "Sized by", group("Filter");
        /// How many keys the filter is planned for.
        n: u32 = 1_000, "Keys planned for, n", range(1, 10_000), log(), unit("keys"), group("Filter");
        /// The part of strangers that may pass for members once all planned keys are in.
        p: f64 = 0.01, "False positives wanted, p", range(0.0001, 0.5), log(), group("Filter");
        /// Bits, when the filter is sized by them; rounded up to a multiple of 64, of 512 in a
        /// blocked filter.
        m: u32 = 9_600, "Bits, m", range(64, 100_000), log(), unit("bits"), group("Filter");
        /// Memory for its bits, when the filter is sized by that.
        memory: u32 = 1_200, "Memory", range(8, 12_500), log(), unit("bytes"), group("Filter");
        /// Bits set for each key. 0 takes the best number for n keys: m/n ln 2.
        k: u32 = 0, "Hashes, k", range(0, 24), group("Filter");
        /// How keys are hashed. With MurmurHash3 a plain filter is Guava’s, bit for bit.
        function: Function = Function::Murmur3, "Hash", group("Filter");
        /// How far it is from one bit of a key to the next. Anything but the second half of the
        /// hash makes its bits depend on each other. A blocked filter does not use it.
        step_from: Step = Step::SecondHalf, "Step between bits", safeguard(), group("Filter");
        /// What becomes of a removal from a filter that has no counters.
        removal: Removal = Removal::Refused, "Removal without counters", safeguard(), group("Filter");
        /// Look into the store before a key is removed from the filter, and leave alone what was
        /// never added.
        look_first: bool = true, "Look before removing", safeguard(), group("Filter");
        /// Join only filters of the same size with the same hashes.
        same_shape: bool = true, "Join only equal shapes", safeguard(), group("Filter");
        /// Where keys come from.
        source: Source = Source::Words, "Keys", group("Keys");
        /// How many keys are in the filter when the run begins.
        load: u32 = 0, "Keys at the start", range(0, 20_000), unit("keys"), group("Keys");
        /// The part of what is done that adds a new key. The rest asks for one.
        adds: f64 = 0.5, "Additions", range(0, 1), live(), group("Keys");
        /// The part of questions that are for a key that was added.
        known: f64 = 0.5, "Questions for members", range(0, 1), live(), group("Keys");
        /// How long each step takes that you see: hashing, finding the bits, one bit after the
        /// other. 0 does all at once.
        step: f64 = 200.0, "Time per step", range(0, 2_000), unit("ms"), live(), group("Keys");
        /// How long it is from an answer to the next key.
        pause: f64 = 800.0, "Pause between keys", range(10, 10_000), log(), unit("ms"), live(), group("Keys");
    }
}

impl Knobs {
    /// The shape that the knobs ask for.
    pub(super) fn shape(&self) -> Shape {
        let keys = u64::from(self.n);
        let is_blocked = self.mode == Mode::Blocked;
        let sized = match self.size_by {
            SizeBy::Rate if is_blocked => BlockedFilter::shape_for_keys(keys, self.p),
            SizeBy::Rate => Shape::for_keys(keys, self.p),
            SizeBy::Bits => Shape::in_memory(u64::from(self.m.div_ceil(8)), keys),
            SizeBy::Memory => Shape::in_memory(self.memory.into(), keys),
        };
        let Ok(sized) = sized else {
            unreachable!("every value within the ranges makes a filter");
        };
        let hashes = match self.k {
            0 if is_blocked => {
                BlockedFilter::best_hashes(sized.bits().next_multiple_of(BLOCK_BITS), keys)
            }
            0 => sized.hashes(),
            hashes => hashes,
        };
        self.with_hashes(sized, hashes)
    }

    /// A plain filter in the place of a blocked one of this shape: as many bits, and the hashes that
    /// are best for it unless their number is set.
    pub(super) fn plain_shape(&self, blocked: Shape) -> Shape {
        let hashes = match self.k {
            0 => best_hashes(blocked.bits(), self.n.into()),
            hashes => hashes,
        };
        self.with_hashes(blocked, hashes)
    }

    /// A shape of this size with another number of hashes.
    pub(super) fn with_hashes(&self, shape: Shape, hashes: u32) -> Shape {
        let function = match self.function {
            Function::Murmur3 => HashFunction::Murmur3,
            Function::Xxh3 => HashFunction::Xxh3,
        };
        let stride = match self.step_from {
            Step::SecondHalf => Stride::SecondHalf,
            Step::Shared => Stride::Shared,
            Step::Zero => Stride::Zero,
        };
        let Ok(shape) = Shape::of_bits(shape.bits(), hashes) else {
            unreachable!("the size is that of a filter, and hashes are within their range");
        };
        shape.hashed_by(function).with_stride(stride)
    }
}

/// The most keys that a run holds.
pub(super) const MOST_KEYS: u32 = 20_000;

crate::actions! {
    /// What a person can do.
    pub(crate) enum Action {
        /// Adds a key and shows each of its bits being set.
        Add {
            /// Any text.
            key: String = "ada".to_owned(), "Key", max_chars(60);
        } = "add", "Add a key";
        /// Asks for a key and shows each of its bits being tested, up to the first that is not set.
        Ask {
            /// Any text.
            key: String = "ada".to_owned(), "Key", max_chars(60);
        } = "ask", "Ask for a key";
        /// Takes a key out. A filter without counters refuses: a bit may stand for many keys.
        Remove {
            /// Any text.
            key: String = "ada".to_owned(), "Key", max_chars(60);
        } = "remove", "Remove a key";
        /// Adds many new keys at once.
        AddMany {
            /// How many.
            count: u32 = 100, "Keys", range(1, 20_000), log();
        } = "add_many", "Add many keys";
        /// Asks for many keys that were never added, at once: what passes is a false positive.
        AskMany {
            /// How many.
            count: u32 = 1_000, "Keys", range(1, 100_000), log();
        } = "ask_many", "Ask for many strangers";
        /// Adds new keys until there are so many times as many as were planned for.
        Fill {
            /// In percent of the keys planned for.
            percent: u32 = 200, "Filled to", range(1, 1_000), unit("% of n");
        } = "fill", "Overfill";
        /// Another filter with keys of its own arrives, and is joined with this one bit by bit.
        Merge {
            /// How many keys are in it.
            count: u32 = 50, "Keys in it", range(1, 5_000), log();
            /// How many hashes it has; 0 for as many as this one.
            hashes: u32 = 0, "Its hashes", range(0, 24);
        } = "merge", "Join another filter";
        /// Adds the keys of a list.
        Paste {
            /// Keys, separated by spaces, commas or line ends.
            keys: String = "ada grace edsger barbara alan".to_owned(), "Keys", max_chars(100_000);
        } = "paste_keys", "Paste keys";
    }
}

crate::metrics! {
    /// Keys that are in the store behind the filter.
    MEMBERS: Gauge, "members", "Keys in the store", "keys";
    /// The part of its bits that are set.
    FILL: Gauge, "fill", "Bits set", "of bits";
    /// The part of strangers that would pass now: by its bits for this very filter.
    EXPECTED: Gauge, "expected", "Expected false positives", "of strangers";
    /// Questions that the filter answered with no, so that the store was not read.
    SAVED: Counter, "saved", "Reads saved", "questions";
    /// Questions that the filter answered with maybe, and the store did not have the key.
    WASTED: Counter, "wasted", "Reads in vain", "questions";
    /// Questions that the filter answered with maybe, and the store had the key.
    NEEDED: Counter, "needed", "Reads that found the key", "questions";
    /// Questions asked of the filter.
    ASKED: Counter, "asked", "Questions", "questions";
    /// Keys never added that were asked for, each once.
    STRANGERS: Counter, "strangers", "Strangers asked for", "keys";
    /// Strangers that the filter took for members.
    PASSED: Counter, "passed", "Strangers that passed", "keys";
    /// How many keys there are, judged by how full the filter is.
    ESTIMATE: Gauge, "estimate", "Keys estimated", "keys";
    /// Members that the filter denies.
    DENIED: Gauge, "denied", "Members denied", "keys";
    /// Keys taken out.
    REMOVED: Counter, "removed", "Keys removed", "keys";
}
