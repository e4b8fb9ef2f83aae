//! Keeping what lies in memory out of files that a crash would write, and giving back what is not needed.

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

/// Gives memory that was freed, and that the allocator keeps for later, back to the system.
///
/// Starting takes more than going on: a window that has started keeps 2 MB of it for nothing. For programs that
/// leave allocating to glibc, whose malloc_trim(3) this is; with another allocator it does nothing. Takes some
/// milliseconds.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "glibc has no safe call for this")]
pub fn give_back_freed() {
    // SAFETY: it may be called at any time, from any thread, and touches only memory that nobody has.
    unsafe { libc::malloc_trim(0) };
}

/// Gives memory that was freed back to the system: on this one the allocator does so by itself.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back_freed() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    /// Memory of this process that is in use by it or its allocator, in bytes.
    #[cfg(target_env = "gnu")]
    fn resident() -> usize {
        let pages = std::fs::read_to_string("/proc/self/statm").expect("readable");
        let pages = pages.split(' ').nth(1).expect("the second is the resident");
        pages.parse::<usize>().expect("a number") * rustix::param::page_size()
    }

    #[cfg(target_env = "gnu")]
    #[test]
    fn what_was_freed_goes_back_to_the_system() {
        const PIECE: usize = 1_024;
        const PIECES: usize = 16 * 1_024;
        let mut pieces: Vec<Vec<u8>> = (0..PIECES).map(|_| vec![1; PIECE]).collect();
        // The last piece keeps what lies before it from going back without being asked to.
        let last = pieces.pop();
        drop(pieces);
        let before = resident();
        super::give_back_freed();
        let after = resident();
        assert!(
            after + PIECES * PIECE / 2 < before,
            "{before} bytes before and {after} after"
        );
        drop(last);
    }

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
