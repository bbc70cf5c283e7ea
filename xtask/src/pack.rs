//! Many small pieces of wasm in one file, for the page that needs them all at its beginning.
//!
//! What several patterns share is cut into dozens of pieces, one for each set of patterns. Compressed
//! one by one they take a seventh more than together, and each costs a request. A pack is wasm too,
//! so that a host compresses it as such: each of its custom sections is a piece under its name
//! (WebAssembly core specification, section 5.5.3). Where nothing but these pieces will ever be asked
//! for, as in an embed, a pack is all of them in one module, and has an empty section for each.

use std::fs;
use std::path::Path;

use crate::error::Error;
use crate::join;

/// How the script that brings pieces in gets at those that are packed.
pub(crate) const SCRIPT: &str = include_str!("pack.js");

/// `\0asm` and the version of the format.
const PREAMBLE: [u8; 8] = [0, b'a', b's', b'm', 1, 0, 0, 0];

/// Packs the `files` in `folder` into one of this name beside them.
///
/// # Errors
///
/// When a file cannot be read or written.
pub(crate) fn write(folder: &Path, name: &str, files: &[String]) -> Result<(), Error> {
    let mut pack = PREAMBLE.to_vec();
    for file in files {
        let path = folder.join(file);
        let piece = fs::read(&path).map_err(Error::file("read", &path))?;
        put_section(&mut pack, file, &piece);
    }
    let path = folder.join(name);
    fs::write(&path, pack).map_err(Error::file("write", &path))
}

/// Makes one module of this name of the `files` in `folder`.
///
/// # Errors
///
/// When a file cannot be read or written, or is not as expected.
pub(crate) fn join(folder: &Path, name: &str, files: &[String]) -> Result<(), Error> {
    let read = |file: &String| {
        let path = folder.join(file);
        fs::read(&path).map_err(Error::file("read", &path))
    };
    let pieces = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let module = join::join(&pieces).map_err(|reason| Error::Split { reason })?;
    let path = folder.join(name);
    fs::write(&path, module).map_err(Error::file("write", &path))
}

/// Has the module of this name say for which `files` it stands.
///
/// # Errors
///
/// When it cannot be read or written.
pub(crate) fn name_pieces(folder: &Path, name: &str, files: &[String]) -> Result<(), Error> {
    let path = folder.join(name);
    let mut module = fs::read(&path).map_err(Error::file("read", &path))?;
    for file in files {
        put_section(&mut module, file, b"");
    }
    fs::write(&path, module).map_err(Error::file("write", &path))
}

/// A custom section: its number, its size, its name, its content.
fn put_section(wasm: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut begin = Vec::new();
    put_number(&mut begin, name.len());
    begin.extend_from_slice(name.as_bytes());
    wasm.push(0);
    put_number(wasm, begin.len() + content.len());
    wasm.extend_from_slice(&begin);
    wasm.extend_from_slice(content);
}

/// Seven bits per byte, the lowest first (LEB128).
fn put_number(wasm: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        wasm.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    wasm.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_says_how_long_it_is_and_what_it_is_called() {
        let mut wasm = Vec::new();
        put_section(&mut wasm, "one", b"content");
        assert_eq!(wasm, b"\0\x0b\x03onecontent");
    }

    #[test]
    fn long_numbers_take_several_bytes() {
        let mut wasm = Vec::new();
        put_number(&mut wasm, 624_485);
        assert_eq!(wasm, [0xe5, 0x8e, 0x26]);
    }
}
