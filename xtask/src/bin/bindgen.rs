//! Binds the WebAssembly module to JavaScript: `bindgen MODULE FOLDER`; `bindgen --size FILE` prints its
//! size as it is and after brotli. wasm-bindgen's library of the locked version does what its command would.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a development tool reads files and prints"
)]

use anyhow::{Context as _, Result, bail};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [flag, file] if flag == "--size" => size(Path::new(file)),
        [module, folder] => bind(Path::new(module), Path::new(folder)),
        _ => bail!("usage: bindgen MODULE FOLDER | bindgen --size FILE"),
    }
}

fn bind(module: &Path, folder: &Path) -> Result<()> {
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(module)
        .out_name("gatewatch")
        .web(true)?
        .typescript(false)
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
}

fn size(file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let params = brotli::enc::BrotliEncoderParams { quality: 11, size_hint: bytes.len(), ..Default::default() };
    let mut encoded = Vec::new();
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut encoded, &params)?;
    println!("{} {}", bytes.len(), encoded.len());
    Ok(())
}
