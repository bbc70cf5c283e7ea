//! A small server of static files, as strict as the hosts that the site must work on: nothing is
//! rewritten, a folder needs its slash, and what is missing answers with `404.html`.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::error::Error;
use crate::workspace::Workspace;

/// More than any browser sends with one request.
const REQUEST_MAX: u64 = 64 << 10;

/// More header fields than any browser sends.
const FIELDS_MAX: usize = 64;

/// How long a visitor may take to send a request or to read on.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a visitor who has been answered may take to hang up.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves one folder under one path of a local address until it is dropped.
///
/// Each connection has a thread and carries one request: a browser opens several at once and may
/// leave any of them unread until another is answered, so none may wait for another.
pub(crate) struct StaticServer {
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
    stopped: Arc<AtomicBool>,
    base_path: &'static str,
}

/// What a request gets.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    File(PathBuf),
    Redirect(String),
    Missing,
    /// It is no request for a file.
    Refused,
}

impl StaticServer {
    /// Serves `folder` under `base_path`, which begins and ends with a slash, on a free port.
    pub(crate) fn start(folder: &Path, base_path: &'static str) -> io::Result<Self> {
        Self::start_on(0, folder, base_path)
    }

    /// The same on a port of one's choice.
    pub(crate) fn start_on(port: u16, folder: &Path, base_path: &'static str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let stopped = Arc::new(AtomicBool::new(false));
        let (folder, stop) = (folder.to_path_buf(), Arc::clone(&stopped));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                if stop.load(Ordering::Acquire) {
                    return;
                }
                let folder = folder.clone();
                // A browser that closes its connection early is its own business.
                thread::spawn(move || serve(stream, &folder, base_path));
            }
        });
        Ok(Self {
            address,
            thread: Some(thread),
            stopped,
            base_path,
        })
    }

    /// The port that it listens on.
    pub(crate) const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Serves the built site under `base_path`.
    ///
    /// # Errors
    ///
    /// When it has not been built, or no port is free.
    pub(crate) fn of_site(workspace: &Workspace, base_path: &'static str) -> Result<Self, Error> {
        let dist = workspace.dist();
        if !dist.join("index.html").is_file() {
            return Err(Error::NotBuilt { path: dist });
        }
        Self::start(&dist, base_path).map_err(|cause| Error::Port { port: 0, cause })
    }

    /// The address of the site's root.
    pub(crate) fn address(&self) -> String {
        format!("http://{}{}", self.address, self.base_path)
    }
}

impl Drop for StaticServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        // The listening thread looks up at the next visitor only.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take()
            && woken
        {
            // It holds nothing that a panic could have spoilt.
            let _ = thread.join();
        }
    }
}

/// Reads one request, answers it and hangs up.
fn serve(mut stream: TcpStream, folder: &Path, base_path: &str) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = Vec::new();
    let mut reader = BufReader::new((&stream).take(REQUEST_MAX));
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            // A connection opened in advance and not used.
            return Ok(());
        }
    }
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut request = httparse::Request::new(&mut fields);
    let answer = match (request.parse(&head), request.method, request.path) {
        (Ok(_), Some("GET"), Some(path)) => answer(folder, base_path, path),
        (_, _, _) => Answer::Refused,
    };
    respond(&mut stream, folder, answer)?;
    stream.shutdown(Shutdown::Write)?;
    // To hang up while the other side still reads could take away what is on its way to it.
    stream.set_read_timeout(Some(FAREWELL))?;
    io::copy(&mut (&stream).take(REQUEST_MAX), &mut io::sink()).map(|_| ())
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

fn respond(stream: &mut TcpStream, folder: &Path, answer: Answer) -> io::Result<()> {
    let page = "text/html; charset=utf-8";
    let (status, field, body) = match answer {
        Answer::File(path) => {
            let field = format!("Content-Type: {}", media_type(&path));
            ("200 OK", field, fs::read(&path)?)
        }
        Answer::Redirect(to) => ("301 Moved Permanently", format!("Location: {to}"), vec![]),
        Answer::Missing => {
            let body = fs::read(folder.join("404.html")).unwrap_or_default();
            ("404 Not Found", format!("Content-Type: {page}"), body)
        }
        Answer::Refused => ("400 Bad Request", format!("Content-Type: {page}"), vec![]),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{field}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(&body)?;
    stream.flush()
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
        let mut unread: Vec<TcpStream> = (0..20)
            .map(|_| TcpStream::connect(server.address))
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
    fn what_is_no_request_for_a_file_is_refused() {
        let folder = site("refuses");
        let server = StaticServer::start(&folder, BASE).expect("a local port is free");
        for request in [
            "POST /some/where/app.js HTTP/1.1\r\n\r\n",
            "nonsense\r\n\r\n",
        ] {
            let mut stream = TcpStream::connect(server.address).expect("the server listens");
            stream
                .write_all(request.as_bytes())
                .expect("it fits into the socket");
            let mut said = String::new();
            stream
                .read_to_string(&mut said)
                .expect("it answers and hangs up");
            assert!(said.starts_with("HTTP/1.1 400 "), "{said}");
        }
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
