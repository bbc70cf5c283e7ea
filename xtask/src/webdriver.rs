//! A browser without a window, steered through the WebDriver protocol (W3C, "WebDriver Level 2").
//!
//! Only the handful of commands that the checks need; a full client would bring an async runtime
//! and minutes of compiling.

use std::io::{BufRead, BufReader, Read};
use std::mem;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::error::Error;
use crate::setup::{self, Engine};

/// How long any one command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a condition is looked at while waiting for it.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Switches for a Chromium in a container, run by root, that contacts no one by itself.
const CHROMIUM_SWITCHES: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,800",
];

const FIREFOX_SWITCHES: [&str; 1] = ["-headless"];

/// Scripts, garbage collection, layout and painting.
const TRACE_CATEGORIES: &str = "devtools.timeline,v8";

/// The most that an answer may hold; a trace of a minute takes some tens of megabytes.
const ANSWER_LIMIT: u64 = 1 << 30;

/// A running browser; it ends when this is dropped.
pub(crate) struct Session {
    driver: Child,
    agent: ureq::Agent,
    /// The session's address at the driver, without a closing slash.
    address: String,
    engine: Engine,
    /// What Firefox's console showed and was not taken yet; its driver keeps no log.
    printed: Arc<Mutex<Vec<ConsoleMessage>>>,
}

/// Which of its logs the browser keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// What the console shows.
    Console,
    /// What the browser does and for how long; slows it down a little.
    Trace,
}

/// One message of the browser's console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConsoleMessage {
    /// "SEVERE" for errors, "WARNING", "INFO".
    pub(crate) level: String,
    /// The text, with its source and line in front.
    pub(crate) text: String,
}

impl Session {
    /// Starts the driver and, through it, the browser.
    pub(crate) fn start(browser: &setup::Browser, log: Log) -> Result<Self, Error> {
        let printed = Arc::default();
        let (driver, port) = start_driver(browser, &printed)?;
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(COMMAND_TIMEOUT))
            // Answers of 4xx and 5xx carry the reason in their body.
            .http_status_as_error(false)
            .build();
        let mut session = Self {
            driver,
            agent: config.into(),
            address: format!("http://127.0.0.1:{port}/session"),
            engine: browser.engine,
            printed,
        };
        let answer = session.post("", "start", &capabilities(browser, log))?;
        let id = answer["sessionId"].as_str().ok_or_else(|| Error::Browser {
            action: "start".to_owned(),
            reason: "the driver gave no session".to_owned(),
        })?;
        session.address = format!("{}/{id}", session.address);
        if browser.engine == Engine::Firefox {
            session.post(
                "/window/rect",
                "take its size",
                &json!({ "width": 1280, "height": 800 }),
            )?;
        }
        Ok(session)
    }

    /// Opens an address and waits until it has loaded.
    pub(crate) fn open(&self, url: &str) -> Result<(), Error> {
        self.post("/url", &format!("open {url}"), &json!({ "url": url }))
            .map(|_| ())
    }

    /// Has Chromium show pages from now on as a phone does whose touch screen is of this size, in CSS
    /// pixels.
    pub(crate) fn be_a_phone(&self, (width, height): (u32, u32)) -> Result<(), Error> {
        let screen = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true,
        });
        for (command, parameters) in [
            ("Emulation.setDeviceMetricsOverride", screen),
            (
                "Emulation.setTouchEmulationEnabled",
                json!({ "enabled": true }),
            ),
        ] {
            let body = json!({ "cmd": command, "params": parameters });
            self.post("/goog/cdp/execute", "show pages as a phone does", &body)?;
        }
        Ok(())
    }

    /// Runs the body of a JavaScript function and gives what it returns.
    pub(crate) fn evaluate(&self, script: &str) -> Result<Value, Error> {
        self.post(
            "/execute/sync",
            "run a script",
            &json!({ "script": script, "args": [] }),
        )
    }

    /// Presses keys and buttons as a person does, by what the protocol calls actions.
    pub(crate) fn perform(&self, actions: &Value) -> Result<(), Error> {
        self.post("/actions", "press something", actions)
            .map(|_| ())
    }

    /// Evaluates a script until it gives a true value; whether it did so within `limit`.
    pub(crate) fn wait_until(&self, script: &str, limit: Duration) -> Result<bool, Error> {
        let deadline = Instant::now() + limit;
        loop {
            if self.evaluate(script)? == Value::Bool(true) {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            thread::sleep(POLL_EVERY);
        }
    }

    /// The console's messages since the last call.
    pub(crate) fn take_console(&self) -> Result<Vec<ConsoleMessage>, Error> {
        if self.engine == Engine::Firefox {
            let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(mem::take(&mut *printed));
        }
        let entries = self.take_log("browser")?;
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        Ok(entries
            .iter()
            .map(|entry| ConsoleMessage {
                level: text(entry, "level"),
                text: text(entry, "message"),
            })
            .collect())
    }

    /// The errors among the console's messages since the last call.
    pub(crate) fn take_errors(&self) -> Result<Vec<String>, Error> {
        let messages = self.take_console()?.into_iter();
        let errors = messages.filter(|message| message.level == "SEVERE");
        Ok(errors.map(|message| message.text).collect())
    }

    /// The events of the trace since the session began; it can be taken once.
    pub(crate) fn take_trace(&self) -> Result<Vec<Value>, Error> {
        let entries = self.take_log("performance")?;
        let messages = entries.iter().filter_map(|entry| entry["message"].as_str());
        let parsed = messages.filter_map(|message| serde_json::from_str::<Value>(message).ok());
        Ok(parsed
            .map(|mut message| message["message"].take())
            .filter(|message| message["method"] == "Tracing.dataCollected")
            .map(|mut message| message["params"].take())
            .collect())
    }

    fn take_log(&self, kind: &str) -> Result<Vec<Value>, Error> {
        let answer = self.post("/se/log", "give its log", &json!({ "type": kind }))?;
        Ok(answer.as_array().cloned().unwrap_or_default())
    }

    fn post(&self, path: &str, action: &str, body: &Value) -> Result<Value, Error> {
        let failed = |reason: String| Error::Browser {
            action: action.to_owned(),
            reason,
        };
        let mut response = self
            .agent
            .post(format!("{}{path}", self.address))
            .send_json(body)
            .map_err(|error| failed(error.to_string()))?;
        let mut answer: Value = response
            .body_mut()
            .with_config()
            .limit(ANSWER_LIMIT)
            .read_json()
            .map_err(|error| failed(error.to_string()))?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            // The message goes on with the driver's stack over many lines.
            Some(_) => Err(failed(first_line(
                value["message"].as_str().unwrap_or("no reason given"),
            ))),
            None => Ok(value),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Closing the session ends the browser; the driver is our own child and ends here in any case.
        let _ = self.agent.delete(&self.address).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Starts the driver on a port of its own choosing, which it prints. What Firefox prints after that
/// goes to `printed`.
fn start_driver(
    browser: &setup::Browser,
    printed: &Arc<Mutex<Vec<ConsoleMessage>>>,
) -> Result<(Child, u16), Error> {
    let failed = |reason: String| Error::Browser {
        action: "be reached".to_owned(),
        reason,
    };
    let mut child = Command::new(&browser.driver)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|cause| failed(format!("{}: {cause}", browser.driver.display())))?;
    let mut output = BufReader::new(child.stdout.take().ok_or_else(|| {
        // Asked for above.
        failed("its output could not be read".to_owned())
    })?);
    let port = output
        .by_ref()
        .lines()
        .map_while(Result::ok)
        .find_map(|line| announced_port(&line));
    // The browser inherits this pipe: were it closed, the first word into it would end the browser.
    let printed = Arc::clone(printed);
    thread::spawn(move || keep_messages(output, &printed));
    match port {
        Some(port) => Ok((child, port)),
        None => {
            // It has closed its output without naming a port, so it is of no use.
            let _ = child.kill();
            let _ = child.wait();
            Err(failed(
                "the driver did not say on which port it listens".to_owned(),
            ))
        }
    }
}

fn keep_messages(output: BufReader<ChildStdout>, printed: &Mutex<Vec<ConsoleMessage>>) {
    for line in output.split(b'\n').map_while(Result::ok) {
        if let Some(message) = printed_message(&String::from_utf8_lossy(&line)) {
            let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
            printed.push(message);
        }
    }
}

/// An error in what Firefox prints: "JavaScript error: http://…, line 3: …", "console.error: …".
fn printed_message(line: &str) -> Option<ConsoleMessage> {
    let errors = ["JavaScript error: http", "console.error: "];
    errors
        .iter()
        .any(|start| line.starts_with(start))
        .then(|| ConsoleMessage {
            level: "SEVERE".to_owned(),
            text: line.to_owned(),
        })
}

/// The port in "ChromeDriver was started successfully on port 41739." or in "… Listening on
/// 127.0.0.1:41739".
fn announced_port(line: &str) -> Option<u16> {
    let chromium = line.split_once("successfully on port ");
    let firefox = || line.split_once("Listening on 127.0.0.1:");
    let (_, port) = chromium.or_else(firefox)?;
    port.trim_end_matches('.').parse().ok()
}

fn capabilities(browser: &setup::Browser, log: Log) -> Value {
    let capabilities = match browser.engine {
        Engine::Chromium => chromium_capabilities(browser, log),
        Engine::Firefox => json!({
            "browserName": "firefox",
            "moz:firefoxOptions": {
                "binary": browser.program,
                "args": FIREFOX_SWITCHES,
                "prefs": {
                    "browser.dom.window.dump.enabled": true,
                    "devtools.console.stdout.content": true,
                    // What it says of itself is not the page's, and it need not call its makers.
                    "devtools.console.stdout.chrome": false,
                    "services.settings.server": "data:,",
                    "messaging-system.log": "off",
                },
            },
        }),
    };
    json!({ "capabilities": { "alwaysMatch": capabilities } })
}

fn chromium_capabilities(browser: &setup::Browser, log: Log) -> Value {
    let mut options = json!({ "binary": browser.program, "args": CHROMIUM_SWITCHES });
    let kept = match log {
        Log::Console => "browser",
        Log::Trace => {
            options["perfLoggingPrefs"] = json!({
                "enableNetwork": false,
                "enablePage": false,
                "traceCategories": TRACE_CATEGORIES,
            });
            "performance"
        }
    };
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { kept: "ALL" },
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{announced_port, printed_message};

    #[test]
    fn the_port_is_read_from_the_drivers_greeting() {
        for (line, port) in [
            (
                "ChromeDriver was started successfully on port 41739.",
                Some(41739),
            ),
            ("Starting ChromeDriver 156.0 on port 0", None),
            (
                "1795276800000\tgeckodriver\tINFO\tListening on 127.0.0.1:41739",
                Some(41739),
            ),
        ] {
            assert_eq!(announced_port(line), port, "{line}");
        }
    }

    #[test]
    fn of_what_firefox_prints_only_the_errors_of_a_page_are_messages() {
        for (line, is_message) in [
            (
                "JavaScript error: http://127.0.0.1:1/a.js, line 3: Error: no",
                true,
            ),
            ("console.error: \"no\"", true),
            (
                "JavaScript error: resource://gre/modules/X.sys.mjs, line 1: no",
                false,
            ),
            ("console.log: \"yes\"", false),
        ] {
            assert_eq!(printed_message(line).is_some(), is_message, "{line}");
        }
    }
}
