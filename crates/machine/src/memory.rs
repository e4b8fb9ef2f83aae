//! Keeping what lies in memory out of files that a crash would write.

use std::io;

/// Sees to it that a crash of this process, or of one that it starts, writes no memory to disk.
///
/// Passphrases, keys and conversations lie in memory while the hub runs; a core dump would carry them
/// into a file that is not encrypted and may be sent to others. On Linux this process is marked as one that
/// is never dumped, which also keeps the user's other programs from attaching to it as debuggers do
/// (prctl(2), `PR_SET_DUMPABLE`). A child process starts without that mark; so the limit on core files is
/// set to nothing as well and, for systems that pipe dumps to a program regardless of that limit, the filter
/// of what a dump contains is emptied (core(5)). Both are handed on to children.
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
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // The filter first: the mark closes its file to this process too, unless it is root's.
        std::fs::write("/proc/self/coredump_filter", "0")?;
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn this_process_is_never_dumped_and_its_children_without_memory() {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        super::keep_out_of_core_dumps().expect("Linux allows it");
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
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
