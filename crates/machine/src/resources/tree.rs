//! Which processes are our own: this one and all that it started, however deep.

use std::collections::HashSet;

use sysinfo::{Pid, Process, System};

/// This process and its descendants, as `system` last saw them.
pub(crate) fn own_tree(system: &System) -> Vec<&Process> {
    let parents = system
        .processes()
        .iter()
        .map(|(pid, process)| (*pid, process.parent()))
        .collect::<Vec<_>>();
    descendants(Pid::from_u32(std::process::id()), &parents)
        .into_iter()
        .filter_map(|pid| system.process(pid))
        .collect()
}

fn descendants(root: Pid, parents: &[(Pid, Option<Pid>)]) -> HashSet<Pid> {
    let mut family = HashSet::from([root]);
    loop {
        let before = family.len();
        for (pid, parent) in parents {
            if parent.is_some_and(|parent| family.contains(&parent)) {
                family.insert(*pid);
            }
        }
        if family.len() == before {
            return family;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grandchildren_belong_to_the_family_and_strangers_do_not() {
        let pid = Pid::from_u32;
        let parents = [
            (pid(4), Some(pid(3))),
            (pid(3), Some(pid(2))),
            (pid(2), Some(pid(1))),
            (pid(9), Some(pid(1))),
            (pid(1), None),
        ];
        let family = descendants(pid(2), &parents);
        assert_eq!(family, HashSet::from([pid(2), pid(3), pid(4)]));
    }
}
