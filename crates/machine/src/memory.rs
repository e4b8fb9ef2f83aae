//! Keeping what lies in memory out of files that a crash would write.

use std::io;

/// Sees to it that a crash of this process, or of one that it starts, writes no memory to disk.
///
/// Passphrases, keys and conversations lie in memory while the hub runs; a core dump would carry them
/// into a file that is not encrypted and may be sent to others. On Linux the limit on core files is set
/// to nothing and, for systems that pipe dumps to a program regardless of that limit, the filter of what
/// a dump contains is emptied (core(5)). Both are handed on to child processes. Such a dump still holds the
/// processors' registers, and with them short pieces of what was last copied.
///
/// # Errors
/// The operating system refused. The hub goes on, and says so in its log.
pub fn keep_out_of_core_dumps() -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        setrlimit(Resource::Core, none)?;
    }
    #[cfg(target_os = "linux")]
    std::fs::write("/proc/self/coredump_filter", "0")?;
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn dump_of_this_process_would_hold_no_memory() {
        super::keep_out_of_core_dumps().expect("Linux allows it");
        let filter = std::fs::read_to_string("/proc/self/coredump_filter").expect("readable");
        assert_eq!(filter.trim(), "00000000", "no kind of memory is dumped");
        let limits = std::fs::read_to_string("/proc/self/limits").expect("readable");
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .expect("Linux lists it");
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    }
}
