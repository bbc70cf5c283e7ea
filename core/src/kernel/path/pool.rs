//! Several servers, and what is known of their loads elsewhere.

use std::ops::{Index, IndexMut};

use super::server::Server;

/// Servers that do the same work, by number.
///
/// ```
/// use orrery_core::kernel::path::{Board, Pool, Queue, Server};
/// use orrery_core::time::{SimTime, Span};
///
/// let mut pool: Pool<char> = (0..3).map(|_| Server::new(1, Queue::new(None))).collect();
/// let mut board = Board::default();
/// board.post(&pool);
/// pool[1].take('a', Span::from_millis(5), SimTime::ZERO);
/// assert_eq!(pool.load(), 1);
/// assert_eq!(board.loads(), [0, 0, 0], "posted before the task came");
/// ```
#[derive(Debug, Clone)]
pub struct Pool<T> {
    servers: Vec<Server<T>>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
        }
    }
}

impl<T> Pool<T> {
    /// Adds a server and gives its number.
    pub fn add(&mut self, server: Server<T>) -> usize {
        self.servers.push(server);
        self.servers.len() - 1
    }

    /// The servers, in order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Server<T>> {
        self.servers.iter()
    }

    /// The servers, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Server<T>> {
        self.servers.iter_mut()
    }

    /// How many servers there are, whatever their standing.
    pub const fn len(&self) -> usize {
        self.servers.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }

    /// How many tasks all of them have.
    pub fn load(&self) -> usize {
        self.servers.iter().map(Server::load).sum()
    }
}

impl<T> Index<usize> for Pool<T> {
    type Output = Server<T>;
    fn index(&self, number: usize) -> &Server<T> {
        &self.servers[number]
    }
}

impl<T> IndexMut<usize> for Pool<T> {
    fn index_mut(&mut self, number: usize) -> &mut Server<T> {
        &mut self.servers[number]
    }
}

impl<T> FromIterator<Server<T>> for Pool<T> {
    fn from_iter<I: IntoIterator<Item = Server<T>>>(servers: I) -> Self {
        Self {
            servers: servers.into_iter().collect(),
        }
    }
}

/// Loads as they were when last posted: what somebody knows who does not stand beside the servers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    loads: Vec<u32>,
}

impl Board {
    /// Posts the loads as they are now.
    pub fn post<T>(&mut self, pool: &Pool<T>) {
        self.loads.clear();
        self.loads
            .extend(pool.iter().map(|server| server.load() as u32));
    }

    /// The loads as last posted, by server.
    pub fn loads(&self) -> &[u32] {
        &self.loads
    }
}
