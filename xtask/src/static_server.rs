//! A small server of static files, as strict as the hosts that the site must work on: nothing is
//! rewritten, a folder needs its slash, and what is missing answers with `404.html`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tiny_http::{Header, Response, Server};

/// A browser reads a preloaded file only once something asks for it, and a write waits until it is
/// read: with one thread, the file that would ask would wait behind it for ever. Browsers open six
/// connections to a host.
const THREADS: usize = 8;

/// Serves one folder under one path of a local address until it is dropped.
pub(crate) struct StaticServer {
    server: Arc<Server>,
    threads: Vec<JoinHandle<()>>,
    base_path: &'static str,
}

/// What a request gets.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    File(PathBuf),
    Redirect(String),
    Missing,
}

impl StaticServer {
    /// Serves `folder` under `base_path`, which begins and ends with a slash, on a free port.
    pub(crate) fn start(folder: &Path, base_path: &'static str) -> io::Result<Self> {
        let server = Server::http("127.0.0.1:0").map_err(io::Error::other)?;
        let server = Arc::new(server);
        let threads = (0..THREADS).map(|_| {
            let listening = Arc::clone(&server);
            let folder = folder.to_path_buf();
            thread::spawn(move || {
                for request in listening.incoming_requests() {
                    let answer = answer(&folder, base_path, request.url());
                    // A browser that closes its connection early is its own business.
                    let _ = respond(request, &folder, answer);
                }
            })
        });
        Ok(Self {
            threads: threads.collect(),
            server,
            base_path,
        })
    }

    /// The address of the site's root.
    pub(crate) fn address(&self) -> String {
        format!("http://{}{}", self.server.server_addr(), self.base_path)
    }
}

impl Drop for StaticServer {
    fn drop(&mut self) {
        // One call ends one thread's waiting.
        for _ in &self.threads {
            self.server.unblock();
        }
        for thread in self.threads.drain(..) {
            // It holds nothing that a panic could have spoilt.
            let _ = thread.join();
        }
    }
}

/// Decides without touching the network.
fn answer(folder: &Path, base_path: &str, url: &str) -> Answer {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let Some(relative) = path.strip_prefix(base_path) else {
        return Answer::Missing;
    };
    if relative.split('/').any(|part| part == "..") {
        return Answer::Missing;
    }
    let target = folder.join(relative);
    let is_folder = relative.is_empty() || relative.ends_with('/');
    match (target.is_dir(), is_folder) {
        (true, false) => Answer::Redirect(format!("{path}/")),
        (true, true) if target.join("index.html").is_file() => {
            Answer::File(target.join("index.html"))
        }
        (false, false) if target.is_file() => Answer::File(target),
        (true | false, true) | (false, false) => Answer::Missing,
    }
}

fn respond(request: tiny_http::Request, folder: &Path, answer: Answer) -> io::Result<()> {
    match answer {
        Answer::File(path) => {
            let response = Response::from_data(fs::read(&path)?);
            request.respond(response.with_header(header("Content-Type", media_type(&path))))
        }
        Answer::Redirect(location) => {
            request.respond(Response::empty(301).with_header(header("Location", &location)))
        }
        Answer::Missing => {
            let page = fs::read(folder.join("404.html")).unwrap_or_default();
            let response = Response::from_data(page).with_status_code(404);
            request
                .respond(response.with_header(header("Content-Type", "text/html; charset=utf-8")))
        }
    }
}

fn header(name: &str, value: &str) -> Header {
    // tiny_http refuses only what is not ASCII, and nothing here is: paths arrive percent-encoded.
    Header::from_bytes(name, value).expect("names and values are ASCII")
}

/// The media type by the file's extension.
fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    const BASE: &str = "/some/where/";

    /// A site with a home page, one pattern page and one file.
    fn site(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("orrery-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("p/ring")).expect("the temporary folder is writable");
        for file in ["index.html", "404.html", "app.js", "p/ring/index.html"] {
            fs::write(folder.join(file), file).expect("the temporary folder is writable");
        }
        folder
    }

    #[test]
    fn a_request_gets_what_a_plain_static_host_would_give() {
        let folder = site("answers");
        let check = |url: &str, expected: Answer, lesson: &str| {
            assert_eq!(answer(&folder, BASE, url), expected, "{lesson}");
        };
        let file = |name: &str| Answer::File(folder.join(name));
        check("/some/where/", file("index.html"), "the root is a folder");
        check(
            "/some/where/app.js?v=1#x",
            file("app.js"),
            "query and fragment name no file",
        );
        check(
            "/some/where/p/ring/",
            file("p/ring/index.html"),
            "a folder shows its index",
        );
        check(
            "/some/where/p/ring",
            Answer::Redirect("/some/where/p/ring/".to_owned()),
            "without its slash a folder's relative addresses would break",
        );
        check(
            "/some/where/p/",
            Answer::Missing,
            "a folder without an index lists nothing",
        );
        check(
            "/some/where/app.js/",
            Answer::Missing,
            "a file is not a folder",
        );
        check(
            "/some/where/nowhere",
            Answer::Missing,
            "what is missing is missing",
        );
        check(
            "/app.js",
            Answer::Missing,
            "nothing lies outside the base path",
        );
        check(
            "/some/where/../../etc/passwd",
            Answer::Missing,
            "nothing lies outside the folder",
        );
        fs::remove_dir_all(&folder).expect("it was created above");
    }

    #[test]
    fn a_visitor_who_does_not_read_keeps_no_one_waiting() {
        let folder = site("unread");
        // More than the sockets of both sides hold.
        fs::write(folder.join("large.wasm"), vec![0; 64 << 20]).expect("the folder is writable");
        let server = StaticServer::start(&folder, BASE).expect("a local port is free");
        let mut unread: Vec<TcpStream> = (1..THREADS)
            .map(|_| TcpStream::connect(server.server.server_addr().to_string()))
            .map(|stream| stream.expect("the server listens"))
            .collect();
        for stream in &mut unread {
            let request = format!("GET {BASE}large.wasm HTTP/1.1\r\nHost: localhost\r\n\r\n");
            stream
                .write_all(request.as_bytes())
                .expect("a request fits into the socket");
            let mut first = [0];
            stream
                .read_exact(&mut first)
                .expect("the answer has begun, and the rest waits");
        }
        let body = ureq::get(format!("{}app.js", server.address()))
            .call()
            .and_then(|mut response| response.body_mut().read_to_string());
        assert_eq!(body.expect("the file is served"), "app.js");
        drop(unread);
        drop(server);
        fs::remove_dir_all(&folder).expect("it was created above");
    }

    #[test]
    fn it_listens_until_it_is_dropped() {
        let folder = site("listens");
        let server = StaticServer::start(&folder, BASE).expect("a local port is free");
        let body = ureq::get(format!("{}app.js", server.address()))
            .call()
            .and_then(|mut response| response.body_mut().read_to_string());
        assert_eq!(body.expect("the file is served"), "app.js");
        let missing = ureq::get(format!("{}nowhere", server.address())).call();
        assert!(matches!(missing, Err(ureq::Error::StatusCode(404))));
        drop(server);
        fs::remove_dir_all(&folder).expect("it was created above");
    }
}
