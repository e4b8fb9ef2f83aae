//! Work that would keep a thread from everything else for long.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Does work of some milliseconds or more, while another thread goes on with what this one has to do: few
/// threads serve all, and each piece of every stream waits for one of them.
///
/// Under a runtime of one thread there is no other, and it is just done.
pub fn in_place<T>(work: impl FnOnce() -> T) -> T {
    let has_others = Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    if has_others {
        tokio::task::block_in_place(work)
    } else {
        work()
    }
}
