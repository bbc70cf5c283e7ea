//! Where the points of a node and the position of a key fall on the ring.
//!
//! Pure functions of bytes and weights: the ring itself is in the module beside this one.

use std::cmp::Ordering;
use std::fmt;

use md5::{Digest, Md5};
use xxhash_rust::xxh3::xxh3_64;

/// The rule that turns node names and keys into positions on the circle of 2^64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// XXH3 with 64 bits and seed 0. Point `i` of a node is the hash of the node's bytes followed
    /// by `i` as four bytes, least significant first; a key's position is the hash of its bytes.
    /// The index has a fixed width, so no two (node, index) pairs hash the same bytes.
    Modern {
        /// Points per unit of weight, often called virtual nodes.
        points_per_weight: u32,
    },
    /// MD5 as in libmemcached with `MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED`: one digest of
    /// "name-index" gives four 32-bit points. All members together have about 40 digests each,
    /// shared out by weight, so changing one weight changes the number of points of the others.
    ///
    /// Use [`Server`] as the node for libmemcached's names. Positions are the 32-bit values
    /// shifted to the top of the circle.
    Ketama,
}

/// Points of a member of average weight under ketama: 40 digests of four.
const KETAMA_POINTS: f32 = 160.0;
/// Points cut from one MD5 digest of 16 bytes.
const POINTS_PER_DIGEST: u32 = 4;

impl Placement {
    /// The hash of a key: 64 bits under `Modern`, the low 32 bits under `Ketama`.
    pub fn hash(self, key: &[u8]) -> u64 {
        match self {
            Self::Modern { .. } => xxh3_64(key),
            Self::Ketama => u64::from(ketama_words(key)[0]),
        }
    }

    /// The position of a key on the circle.
    pub fn position(self, key: &[u8]) -> u64 {
        self.hash(key) << self.unused_bits()
    }

    /// The index that `hash mod n` picks among `nodes` nodes for the key at `position`, or `None`
    /// when there are none. What the ring is compared with.
    ///
    /// ```
    /// use orrery_core::patterns::partitioning::consistent_hashing::algorithm::Placement;
    ///
    /// let placement = Placement::Ketama;
    /// let expected = (placement.hash(b"user:42") % 6) as usize;
    /// assert_eq!(placement.modulo(placement.position(b"user:42"), 6), Some(expected));
    /// assert_eq!(placement.modulo(7, 0), None);
    /// ```
    pub fn modulo(self, position: u64, nodes: usize) -> Option<usize> {
        // region: modulo
        // The shift undone: low bits that are always zero would never pick an odd index.
        let hash = position >> self.unused_bits();
        let index = hash.checked_rem(nodes as u64)?;
        // endregion
        Some(usize::try_from(index).expect("a remainder is below a usize"))
    }

    /// How many points each member has, given the weights of all of them.
    pub(super) fn point_counts(self, weights: &[u32]) -> Vec<u64> {
        match self {
            Self::Modern { points_per_weight } => weights
                .iter()
                .map(|weight| u64::from(*weight) * u64::from(points_per_weight))
                .collect(),
            Self::Ketama => ketama_point_counts(weights),
        }
    }

    /// Appends the positions of the first `count` points of the node called `name`.
    pub(super) fn place(self, name: &[u8], count: u32, positions: &mut Vec<u64>) {
        match self {
            // region: place-modern
            Self::Modern { .. } => {
                let mut bytes = [name, &[0; 4]].concat();
                for index in 0..count {
                    bytes[name.len()..].copy_from_slice(&index.to_le_bytes());
                    positions.push(xxh3_64(&bytes));
                }
            }
            // endregion
            // region: place-ketama
            Self::Ketama => {
                for digest in 0..count / POINTS_PER_DIGEST {
                    let bytes = [name, b"-", digest.to_string().as_bytes()].concat();
                    let words = ketama_words(&bytes);
                    positions.extend(words.map(|word| u64::from(word) << self.unused_bits()));
                }
            } // endregion
        }
    }

    /// Low bits of a position that this placement's hash does not reach.
    const fn unused_bits(self) -> u32 {
        match self {
            Self::Modern { .. } => 0,
            Self::Ketama => 32,
        }
    }
}

/// An MD5 digest as four 32-bit words, least significant byte first.
fn ketama_words(bytes: &[u8]) -> [u32; 4] {
    let digest = u128::from_le_bytes(Md5::digest(bytes).into());
    [0, 32, 64, 96].map(|shift| (digest >> shift) as u32)
}

/// libmemcached's share of points per weight, in single precision like its own: its rounding
/// decides how many digests a server gets, so compatibility is in these exact operations.
/// Every step is a plain IEEE 754 operation, hence the same on every machine.
fn ketama_point_counts(weights: &[u32]) -> Vec<u64> {
    let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    let live = weights.iter().filter(|weight| **weight > 0).count();
    weights
        .iter()
        .map(|weight| {
            let part = *weight as f32 / total as f32;
            let digests = part * KETAMA_POINTS / POINTS_PER_DIGEST as f32 * live as f32 + 1e-10;
            // `as` rounds toward zero, which is floor here; it maps the NaN of no weight to 0.
            u64::from(digests as u32) * u64::from(POINTS_PER_DIGEST)
        })
        .collect()
}

/// A memcached server as libmemcached names it on the ring: "host" on the default port 11211,
/// "host:port" on any other.
///
/// Servers order by host, then port, as libmemcached sorts them under
/// `MEMCACHED_BEHAVIOR_SORT_HOSTS`. The order decides only between servers that share a point.
///
/// ```
/// use orrery_core::patterns::partitioning::consistent_hashing::algorithm::Server;
///
/// assert_eq!(Server::new("10.0.0.1", 11211).to_string(), "10.0.0.1");
/// assert_eq!(Server::new("10.0.0.1", 11212).to_string(), "10.0.0.1:11212");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    host: String,
    port: u16,
    name: String,
}

impl Server {
    /// The port that libmemcached leaves out of a server's name.
    pub const DEFAULT_PORT: u16 = 11211;

    /// The server listening at `host` and `port`.
    pub fn new(host: &str, port: u16) -> Self {
        let name = match port {
            Self::DEFAULT_PORT => host.to_owned(),
            _ => format!("{host}:{port}"),
        };
        Self {
            host: host.to_owned(),
            port,
            name,
        }
    }

    /// The host as given.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port as given.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl AsRef<[u8]> for Server {
    fn as_ref(&self) -> &[u8] {
        self.name.as_bytes()
    }
}

impl Ord for Server {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.host, self.port).cmp(&(&other.host, other.port))
    }
}

impl PartialOrd for Server {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
