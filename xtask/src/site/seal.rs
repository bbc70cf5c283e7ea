//! Names that tell the content.
//!
//! Whatever lies in the root and has a hash in its name may be kept for good by browsers. Those
//! hashes are made before the files have their final form, so that the same name could stand for two
//! contents once a tool changes. Here they are made anew, from all of these files together: files of
//! two builds never meet on one page.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::split::{HASH_DIGITS, short};

/// Which hash in a name became which.
#[derive(Debug, Default)]
pub(super) struct Renamed(BTreeMap<Vec<u8>, Vec<u8>>);

impl Renamed {
    /// The name that a file has now.
    pub(super) fn now(&self, name: &str) -> String {
        let mut bytes = name.as_bytes().to_vec();
        self.replace(&mut bytes);
        String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
    }

    /// Puts the new hashes in the place of the old ones; they are as long, so that it does not matter
    /// in what they stand.
    fn replace(&self, bytes: &mut [u8]) {
        let mut at = 0;
        while at + HASH_DIGITS < bytes.len() {
            if bytes[at] == b'-'
                && let Some(new) = self.0.get(&bytes[at + 1..=at + HASH_DIGITS])
            {
                bytes[at + 1..=at + HASH_DIGITS].copy_from_slice(new);
                at += HASH_DIGITS;
            }
            at += 1;
        }
    }
}

/// Whether a name tells the content of its file.
pub(super) fn sealed_name(name: &str) -> bool {
    hash_in(name).is_some()
}

/// The hash in a name, behind a dash.
fn hash_in(name: &str) -> Option<&str> {
    let mut parts = name.split('-').skip(1);
    parts.find_map(|part| {
        let hash = part.get(..HASH_DIGITS)?;
        let ends = part[HASH_DIGITS..]
            .chars()
            .next()
            .is_none_or(|next| !next.is_ascii_alphanumeric());
        (ends && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hash)
    })
}

/// Writes hashes in names out in full, in `folder` and in what names its files: Trunk leaves leading
/// zeros out, and what is shorter by that is no hash to anyone else.
///
/// # Errors
///
/// When a file cannot be read, written or renamed.
pub(crate) fn write_hashes_out(folder: &Path) -> Result<(), Error> {
    let files = files_below(folder)?;
    let names = files.iter().map(|path| name_of(path));
    let short: Vec<(String, String)> = names
        .filter_map(|name| Some((name.clone(), written_out(&name)?)))
        .collect();
    if short.is_empty() {
        return Ok(());
    }
    for path in files {
        if let Ok(text) = String::from_utf8(read(&path)?) {
            let named = short.iter().fold(text.clone(), |text, (old, new)| {
                text.replace(old.as_str(), new)
            });
            if named != text {
                fs::write(&path, named).map_err(Error::file("write", &path))?;
            }
        }
        let name = name_of(&path);
        if let Some((_, new)) = short.iter().find(|(old, _)| *old == name) {
            fs::rename(&path, path.with_file_name(new)).map_err(Error::file("rename", &path))?;
        }
    }
    Ok(())
}

/// The name with its hash in full; none where it has none, or all of it.
fn written_out(name: &str) -> Option<String> {
    /// Fewer digits are rather a number: one hash in four thousand million is so small.
    const LEAST_DIGITS: usize = 8;
    let (before, rest) = name.rsplit_once('-')?;
    let end = rest.find(|next: char| !next.is_ascii_hexdigit())?;
    let (hash, after) = rest.split_at(end);
    let is_cut = (LEAST_DIGITS..HASH_DIGITS).contains(&hash.len())
        && after.starts_with(['.', '_'])
        && hash.bytes().all(|digit| !digit.is_ascii_uppercase());
    is_cut.then(|| format!("{before}-{hash:0>HASH_DIGITS$}{after}"))
}

/// Gives the files in the root of `folder` names by their final content, and has all others name them
/// so.
///
/// # Errors
///
/// When a file cannot be read, written or renamed.
pub(super) fn seal(folder: &Path) -> Result<Renamed, Error> {
    let files = files_below(folder)?;
    let mut content = Sha256::new();
    let mut hashes = BTreeMap::new();
    for path in &files {
        let name = name_of(path);
        if path.parent() == Some(folder)
            && let Some(hash) = hash_in(&name)
        {
            content.update(name.as_bytes());
            content.update(read(path)?);
            hashes.insert(hash.as_bytes().to_vec(), Vec::new());
        }
    }
    let content = content.finalize();
    for (old, new) in &mut hashes {
        let digest = Sha256::new()
            .chain_update(old)
            .chain_update(content)
            .finalize();
        *new = short(&digest).into_bytes();
    }
    let renamed = Renamed(hashes);
    for path in files {
        let mut bytes = read(&path)?;
        renamed.replace(&mut bytes);
        fs::write(&path, bytes).map_err(Error::file("write", &path))?;
        let now = path.with_file_name(renamed.now(&name_of(&path)));
        if now != path {
            fs::rename(&path, &now).map_err(Error::file("rename", &path))?;
        }
    }
    Ok(renamed)
}

/// Every file of a folder and of those in it, in the order of their paths. Folders whose names begin
/// with a dot are others'.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(Error::file("read", &folder))?;
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            match path.is_dir() {
                true if name_of(&path).starts_with('.') => {}
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(Error::file("read", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "app-0123456789abcdef.js";
    const WASM: &str = "app-0123456789abcdef_bg.wasm";

    /// A script that names a wasm file of this content, and a page that names both.
    fn site(name: &str, wasm: &[u8]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("orrery-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("p/x")).expect("a folder");
        fs::write(folder.join(SCRIPT), format!("load('./{WASM}')")).expect("a file");
        fs::write(folder.join(WASM), wasm).expect("a file");
        fs::write(folder.join("p/x/index.html"), format!("../../{SCRIPT}")).expect("a file");
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let files = files_below(folder).expect("it can be read");
        files.iter().map(|path| name_of(path)).collect()
    }

    #[test]
    fn a_name_changes_with_the_content_of_any_of_the_files() {
        let folders = [b"one", b"two", b"one"].map(|wasm| {
            let name = format!("seal-{}", wasm[0]);
            let folder = site(&name, wasm);
            let renamed = seal(&folder).expect("it can be sealed");
            let names = names(&folder);
            assert!(names.contains(&renamed.now(SCRIPT)), "{names:?}");
            fs::remove_dir_all(&folder).expect("it can be removed");
            names
        });
        assert_eq!(folders[0], folders[2], "the same content has the same name");
        assert!(
            folders[0]
                .iter()
                .all(|name| name == "index.html" || !folders[1].contains(name))
        );
    }

    #[test]
    fn files_name_each_other_by_their_new_names() {
        let folder = site("seal-names", b"wasm");
        let renamed = seal(&folder).expect("it can be sealed");
        let text = |path: &str| fs::read_to_string(folder.join(path)).expect("it is there");
        assert_eq!(
            text("p/x/index.html"),
            format!("../../{}", renamed.now(SCRIPT))
        );
        let script = text(&renamed.now(SCRIPT));
        assert_eq!(script, format!("load('./{}')", renamed.now(WASM)));
        fs::remove_dir_all(&folder).expect("it can be removed");
    }

    #[test]
    fn a_hash_without_its_leading_zeros_is_written_out() {
        let folder = std::env::temp_dir().join(format!("orrery-zeros-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let page = "load('./app-123456789abcdef.js', './app-123456789abcdef_bg.wasm')";
        for (name, text) in [
            ("app-123456789abcdef.js", "script"),
            ("app-123456789abcdef_bg.wasm", "wasm"),
            ("icon-192.png", "icon"),
            ("style-fedcba9876543210.css", "style"),
            ("index.html", page),
        ] {
            fs::write(folder.join(name), text).expect("a file");
        }
        write_hashes_out(&folder).expect("it can be written");
        assert_eq!(
            names(&folder),
            [
                "app-0123456789abcdef.js",
                "app-0123456789abcdef_bg.wasm",
                "icon-192.png",
                "index.html",
                "style-fedcba9876543210.css",
            ]
        );
        let page = fs::read_to_string(folder.join("index.html")).expect("it is there");
        assert_eq!(page, format!("load('./{SCRIPT}', './{WASM}')"));
        fs::remove_dir_all(&folder).expect("it can be removed");
    }

    #[test]
    fn only_a_whole_hash_behind_a_dash_counts() {
        for (name, expected) in [
            ("lab-0123456789abcdef-begin.js", true),
            ("chunk_1-0123456789abcdef.wasm", true),
            ("icon-192.png", false),
            ("start-tall.svg", false),
            ("0123456789abcdef.js", false),
            ("app-0123456789abcdef0.js", false),
        ] {
            assert_eq!(sealed_name(name), expected, "{name}");
        }
    }
}
