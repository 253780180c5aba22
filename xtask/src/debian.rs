//! Debian packages. They are installed only where nobody is asked anyway: as root, with `CI` set.
//! Elsewhere the one command is printed, with the reason.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::{Fallible, run};

/// Installs `packages`, or says why they are needed and how to install them.
pub fn install(packages: &[&str], why: &str, otherwise: &str) -> Fallible<()> {
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!("{why} {otherwise}"));
    }
    if !(is_root() && std::env::var_os("CI").is_some()) {
        return Err(format!(
            "{why} {otherwise} On Debian: sudo apt-get install --no-install-recommends {}",
            packages.join(" ")
        ));
    }
    let apt_get = |what: &str, arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-o", "DPkg::Lock::Timeout=300"])
            .args(arguments);
        run::must(what, Duration::from_secs(45), &mut command)
    };
    apt_get("package lists", &["update"])?;
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    apt_get(&format!("installing {}", packages.join(", ")), &install)?;
    Ok(())
}

fn is_root() -> bool {
    run::first_line(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}
