//! What an agent may use, and the account of it.
//!
//! A child's grant is taken from what its parent has left, and what the child did not use goes back when it
//! ends. So all agents below a root together never use more than the root was granted. The [`tree`] keeps
//! the accounts.
//!
//! [`tree`]: super::tree

use base::{ByteCount, Milliseconds, TokenCount};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What an agent may use, its children included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Budget {
    /// Time of a processor.
    pub cpu: Milliseconds,
    /// Memory held at a time.
    pub memory: ByteCount,
    /// Tokens that models read and write.
    pub tokens: TokenCount,
    /// Time on the clock on the wall.
    pub wall: Milliseconds,
    /// How many generations may come below this agent.
    pub depth: u32,
    /// How many agents may live below this one at a time, in all generations.
    pub children: u32,
}

/// What was used up and does not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// Time of a processor.
    pub cpu: Milliseconds,
    /// Tokens that models read and wrote.
    pub tokens: TokenCount,
    /// Time on the clock on the wall.
    pub wall: Milliseconds,
}

/// One thing that a budget bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// [`Budget::cpu`], in milliseconds.
    Cpu,
    /// [`Budget::memory`], in bytes.
    Memory,
    /// [`Budget::tokens`].
    Tokens,
    /// [`Budget::wall`], in milliseconds.
    Wall,
    /// [`Budget::depth`].
    Depth,
    /// [`Budget::children`].
    Children,
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Cpu => "milliseconds of processor time",
            Self::Memory => "bytes of memory",
            Self::Tokens => "tokens",
            Self::Wall => "milliseconds of time",
            Self::Depth => "generations of agents",
            Self::Children => "agents",
        })
    }
}

/// More is wanted than is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{asked} {resource} are wanted, and {left} are left")]
pub struct OverBudget {
    /// Of what.
    pub resource: Resource,
    /// How much is wanted.
    pub asked: u64,
    /// How much is left.
    pub left: u64,
}

/// What an agent was granted, what of it is left, and what was used up.
///
/// For time and tokens, granted = left + spent + what living children were granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    granted: Budget,
    left: Budget,
    spent: Cost,
}

impl Account {
    /// The account of an agent that was granted this.
    #[must_use]
    pub fn new(granted: Budget) -> Self {
        Self {
            granted,
            left: granted,
            spent: Cost::default(),
        }
    }

    /// What the agent got.
    #[must_use]
    pub fn granted(&self) -> Budget {
        self.granted
    }

    /// What it may still use or grant.
    #[must_use]
    pub fn left(&self) -> Budget {
        self.left
    }

    /// What it and its children that ended used up.
    #[must_use]
    pub fn spent(&self) -> Cost {
        self.spent
    }

    /// Takes the grant of a child from what is left. Nothing is taken when anything is missing.
    pub fn grant(&mut self, asked: Budget) -> Result<Self, OverBudget> {
        let left = self.left;
        // The child itself is a generation and takes a place.
        for (resource, asked, left) in [
            (Resource::Cpu, asked.cpu.0, left.cpu.0),
            (Resource::Memory, asked.memory.0, left.memory.0),
            (Resource::Tokens, asked.tokens.0, left.tokens.0),
            (Resource::Wall, asked.wall.0, left.wall.0),
            (
                Resource::Depth,
                u64::from(asked.depth) + 1,
                left.depth.into(),
            ),
            (
                Resource::Children,
                u64::from(asked.children) + 1,
                left.children.into(),
            ),
        ] {
            if asked > left {
                return Err(OverBudget {
                    resource,
                    asked,
                    left,
                });
            }
        }
        self.left = Budget {
            cpu: Milliseconds(left.cpu.0 - asked.cpu.0),
            memory: ByteCount(left.memory.0 - asked.memory.0),
            tokens: TokenCount(left.tokens.0 - asked.tokens.0),
            wall: Milliseconds(left.wall.0 - asked.wall.0),
            depth: left.depth,
            children: left.children - asked.children - 1,
        };
        Ok(Self::new(asked))
    }

    /// Writes down what was used. Where it is more than was left, the rest of the resource counts as used:
    /// what was overdrawn is told as the error, and is nobody else's to pay.
    pub fn spend(&mut self, cost: Cost) -> Result<(), OverBudget> {
        let over = [
            (Resource::Cpu, cost.cpu.0, self.left.cpu.0),
            (Resource::Wall, cost.wall.0, self.left.wall.0),
            (Resource::Tokens, cost.tokens.0, self.left.tokens.0),
        ]
        .into_iter()
        .find(|(_, asked, left)| asked > left);
        spend(&mut self.left.cpu.0, &mut self.spent.cpu.0, cost.cpu.0);
        spend(&mut self.left.wall.0, &mut self.spent.wall.0, cost.wall.0);
        spend(
            &mut self.left.tokens.0,
            &mut self.spent.tokens.0,
            cost.tokens.0,
        );
        over.map_or(Ok(()), |(resource, asked, left)| {
            Err(OverBudget {
                resource,
                asked,
                left,
            })
        })
    }

    /// A child ended, its own children before it: what it did not use comes back, its memory and its places
    /// whole. Once for each grant.
    pub fn take_back(&mut self, child: &Self) {
        // No sum below can pass what this account was granted.
        self.left.cpu.0 += child.left.cpu.0;
        self.left.tokens.0 += child.left.tokens.0;
        self.left.wall.0 += child.left.wall.0;
        self.left.memory.0 += child.granted.memory.0;
        self.left.children += child.granted.children + 1;
        self.spent.cpu.0 += child.spent.cpu.0;
        self.spent.tokens.0 += child.spent.tokens.0;
        self.spent.wall.0 += child.spent.wall.0;
    }
}

fn spend(left: &mut u64, spent: &mut u64, cost: u64) {
    let paid = cost.min(*left);
    *left -= paid;
    // What is left and spent together is at most what was granted.
    *spent += paid;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(amount: u32) -> Budget {
        Budget {
            cpu: Milliseconds(amount.into()),
            memory: ByteCount(amount.into()),
            tokens: TokenCount(amount.into()),
            wall: Milliseconds(amount.into()),
            depth: amount,
            children: amount,
        }
    }

    fn tokens(amount: u64) -> Cost {
        Cost {
            tokens: TokenCount(amount),
            ..Cost::default()
        }
    }

    #[test]
    fn grant_leaves_the_parent_what_is_over_and_comes_back_unspent() {
        let mut parent = Account::new(all(10));
        let mut child = parent.grant(all(4)).expect("enough is left");
        assert_eq!(parent.left().tokens, TokenCount(6));
        assert_eq!(parent.left().children, 5, "the child took a place itself");
        child.spend(tokens(3)).expect("three of four");
        parent.take_back(&child);
        assert_eq!(parent.left().tokens, TokenCount(7), "one came back");
        assert_eq!(parent.spent(), tokens(3), "three are gone");
        assert_eq!(
            parent.left().memory,
            ByteCount(10),
            "memory is held, not used up"
        );
        assert_eq!(parent.left().children, 10);
    }

    #[test]
    fn refused_grant_takes_nothing_and_names_what_is_missing() {
        let mut parent = Account::new(all(10));
        let before = parent.clone();
        let wanted = Budget {
            wall: Milliseconds(11),
            ..all(1)
        };
        assert_eq!(
            parent.grant(wanted).map_err(|over| over.to_string()),
            Err("11 milliseconds of time are wanted, and 10 are left".to_owned())
        );
        assert_eq!(parent, before);
    }

    #[test]
    fn every_resource_bounds_a_grant_by_itself() {
        let most = Budget {
            depth: 9,
            children: 9,
            ..all(10)
        };
        assert!(
            Account::new(all(10)).grant(most).is_ok(),
            "all of it may go to a child"
        );
        let over = [
            (
                Resource::Cpu,
                Budget {
                    cpu: Milliseconds(11),
                    ..most
                },
            ),
            (
                Resource::Memory,
                Budget {
                    memory: ByteCount(11),
                    ..most
                },
            ),
            (
                Resource::Tokens,
                Budget {
                    tokens: TokenCount(11),
                    ..most
                },
            ),
            (
                Resource::Wall,
                Budget {
                    wall: Milliseconds(11),
                    ..most
                },
            ),
            (Resource::Depth, Budget { depth: 10, ..most }),
            (
                Resource::Children,
                Budget {
                    children: 10,
                    ..most
                },
            ),
        ];
        for (resource, wanted) in over {
            let refused = Account::new(all(10))
                .grant(wanted)
                .expect_err("one too much");
            assert_eq!((refused.resource, refused.asked), (resource, 11));
        }
    }

    #[test]
    fn agent_without_generations_left_has_no_children() {
        let mut parent = Account::new(Budget {
            depth: 0,
            ..all(10)
        });
        let refused = parent.grant(all(0)).expect_err("no generation is left");
        assert_eq!(refused.resource, Resource::Depth);
    }

    #[test]
    fn overdraft_uses_up_what_is_left_and_is_told() {
        let mut account = Account::new(all(5));
        let over = account.spend(tokens(7)).expect_err("two too many");
        assert_eq!((over.asked, over.left), (7, 5));
        assert_eq!(
            (account.left().tokens, account.spent()),
            (TokenCount(0), tokens(5))
        );
    }

    #[test]
    fn largest_numbers_wrap_nowhere() {
        let most = Budget {
            cpu: Milliseconds(u64::MAX),
            memory: ByteCount(u64::MAX),
            tokens: TokenCount(u64::MAX),
            wall: Milliseconds(u64::MAX),
            depth: u32::MAX,
            children: u32::MAX,
        };
        let mut parent = Account::new(most);
        let refused = parent
            .grant(most)
            .expect_err("the child itself takes a place");
        assert_eq!(refused.asked, u64::from(u32::MAX) + 1);
        let wanted = Budget {
            depth: u32::MAX - 1,
            children: u32::MAX - 1,
            ..most
        };
        let mut child = parent.grant(wanted).expect("all of it");
        child.spend(tokens(u64::MAX)).expect("exactly all");
        parent.take_back(&child);
        assert_eq!(parent.spent(), tokens(u64::MAX));
        assert_eq!(
            parent.left(),
            Budget {
                tokens: TokenCount(0),
                ..most
            }
        );
    }

    #[derive(Debug, Clone)]
    enum Step {
        Grant(usize, Budget),
        Spend(usize, u64),
        End,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        let amounts = (0..40_u32, 0..40_u32, 0..3_u32, 0..4_u32);
        let budget = amounts.prop_map(|(tokens, memory, depth, children)| Budget {
            tokens: TokenCount(tokens.into()),
            memory: ByteCount(memory.into()),
            depth,
            children,
            ..all(tokens)
        });
        prop_oneof![
            3 => (any::<usize>(), budget).prop_map(|(at, budget)| Step::Grant(at, budget)),
            2 => (any::<usize>(), 0..30_u64).prop_map(|(at, cost)| Step::Spend(at, cost)),
            1 => Just(Step::End),
        ]
    }

    proptest! {
        #[test]
        fn nothing_comes_about_and_nothing_is_lost(steps in prop::collection::vec(any_step(), 0..80)) {
            let root = Budget { depth: 4, children: 12, ..all(100) };
            // Later accounts lie below earlier ones, so that the last has no children.
            let mut accounts = vec![(0, Account::new(root))];
            for step in steps {
                match step {
                    Step::Grant(at, budget) => {
                        let at = at % accounts.len();
                        let left = accounts[at].1.left();
                        if let Ok(child) = accounts[at].1.grant(budget) {
                            prop_assert!(budget.tokens <= left.tokens && budget.memory <= left.memory);
                            prop_assert!(budget.depth < left.depth && budget.children < left.children);
                            accounts.push((at, child));
                        }
                    }
                    Step::Spend(at, cost) => {
                        let at = at % accounts.len();
                        let _ = accounts[at].1.spend(tokens(cost));
                    }
                    Step::End if accounts.len() > 1 => {
                        let (parent, child) = accounts.pop().expect("more than the root");
                        accounts[parent].1.take_back(&child);
                    }
                    Step::End => {}
                }
                let sum = |of: fn(&Account) -> u64| accounts.iter().map(|(_, one)| of(one)).sum::<u64>();
                prop_assert_eq!(sum(|one| one.left.tokens.0 + one.spent.tokens.0), root.tokens.0);
                prop_assert_eq!(sum(|one| one.left.memory.0), root.memory.0);
                let places = sum(|one| one.left.children.into()) + accounts.len() as u64 - 1;
                prop_assert_eq!(places, u64::from(root.children));
            }
        }
    }
}
