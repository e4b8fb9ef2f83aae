use base::{ByteCount, Timestamp};
use contract::identity::{
    BackupProgress, BackupWork, IdentityView, KeychainState, OwnerView, VaultState,
};

use super::*;

const STANDINGS: [Standing; 5] = [
    Standing::Unowned,
    Standing::Restoring,
    Standing::Locked,
    Standing::Unconfirmed,
    Standing::Owned,
];

fn view(vault: VaultState, confirmed: Option<bool>) -> IdentityView {
    IdentityView {
        vault,
        owner: confirmed.map(|words_confirmed| OwnerView {
            name: "Ada".to_owned(),
            did: "did:key:z6Mk".to_owned(),
            did_alias: "did:hai:z6Mk".to_owned(),
            created: Timestamp::default(),
            words_confirmed,
        }),
        devices: Vec::new(),
        keychain: KeychainState::NotUsed,
        trouble: None,
        last_backup: None,
        running: None,
    }
}

fn running(doing: BackupWork) -> Option<BackupProgress> {
    Some(BackupProgress {
        doing,
        done: ByteCount(1),
        total: ByteCount(2),
    })
}

#[test]
fn standing_follows_from_what_the_hub_says() {
    let cases = [
        (VaultState::Unowned, None, Standing::Unowned),
        (VaultState::Locked, None, Standing::Locked),
        (VaultState::Open, Some(false), Standing::Unconfirmed),
        (VaultState::Open, Some(true), Standing::Owned),
    ];
    for (vault, confirmed, standing) in cases {
        assert_eq!(Standing::of(&view(vault, confirmed)), standing, "{vault:?}");
    }
}

#[test]
fn hub_that_is_locked_while_it_is_restored_asks_for_no_passphrase() {
    let mut restored = view(VaultState::Locked, None);
    restored.running = running(BackupWork::Restoring);
    assert_eq!(Standing::of(&restored), Standing::Restoring);
    restored.running = running(BackupWork::Verifying);
    assert_eq!(Standing::of(&restored), Standing::Locked);
    let mut saved = view(VaultState::Open, Some(true));
    saved.running = running(BackupWork::Creating);
    assert_eq!(
        Standing::of(&saved),
        Standing::Owned,
        "a backup stops nobody"
    );
}

#[test]
fn locked_hub_shows_its_door_whatever_else_is_known() {
    for step in [None, Some(1), Some(3), Some(DONE)] {
        assert_eq!(Gate::of(Some(Standing::Locked), step), Gate::Locked);
    }
}

#[test]
fn first_start_goes_on_until_every_step_is_done() {
    for step in 1..=STEPS {
        for standing in [Standing::Unowned, Standing::Unconfirmed, Standing::Owned] {
            assert_eq!(
                Gate::of(Some(standing), Some(step)),
                Gate::Setup,
                "{standing:?} {step}"
            );
        }
    }
    assert_eq!(Gate::of(Some(Standing::Owned), Some(DONE)), Gate::Inside);
    assert_eq!(
        Gate::of(Some(Standing::Unowned), Some(DONE)),
        Gate::Setup,
        "a hub without an owner is never set up"
    );
    assert_eq!(
        Gate::of(Some(Standing::Unconfirmed), Some(DONE)),
        Gate::Words,
        "after a change of the key only the words are left to do"
    );
}

#[test]
fn owner_gets_in_when_the_step_could_not_be_read() {
    assert_eq!(Gate::of(Some(Standing::Owned), None), Gate::Inside);
    assert_eq!(
        Gate::of(None, Some(DONE)),
        Gate::Unknown,
        "nothing before the hub answered"
    );
}

#[test]
fn first_start_is_resumed_at_its_step_as_far_as_the_identity_lets_it() {
    let start = Screen::start;
    assert_eq!(start(1, Standing::Unowned), Screen::Language);
    assert_eq!(start(2, Standing::Unowned), Screen::Choose);
    assert_eq!(
        start(4, Standing::Unowned),
        Screen::Choose,
        "no owner, no model to choose"
    );
    assert_eq!(start(1, Standing::Unconfirmed), Screen::Words);
    assert_eq!(
        start(5, Standing::Unconfirmed),
        Screen::Words,
        "words come before all else"
    );
    assert_eq!(start(2, Standing::Owned), Screen::Owned);
    assert_eq!(start(3, Standing::Owned), Screen::Machine);
    assert_eq!(start(4, Standing::Owned), Screen::Privacy);
    assert_eq!(start(5, Standing::Owned), Screen::FirstAnswer);
    assert_eq!(start(3, Standing::Restoring), Screen::RestoreFile);
}

#[test]
fn every_start_is_a_screen_that_fits() {
    for standing in STANDINGS.into_iter().filter(|it| *it != Standing::Locked) {
        for step in 0..=DONE {
            let screen = Screen::start(step, standing);
            assert!(
                screen.fits(standing),
                "{screen:?} for {standing:?} at {step}"
            );
        }
    }
}

#[test]
fn every_screen_but_the_first_has_a_way_back_that_ends_at_the_first() {
    for screen in Screen::ALL {
        let mut here = screen;
        let mut ways = 0;
        while let Some(back) = here.back() {
            assert!(
                back.step() <= here.step(),
                "{back:?} is not before {here:?}"
            );
            here = back;
            ways += 1;
            assert!(ways <= Screen::ALL.len(), "{screen:?} leads in circles");
        }
        assert_eq!(here, Screen::Language, "from {screen:?}");
    }
}

#[test]
fn way_back_leads_to_a_screen_for_the_same_owner() {
    for standing in STANDINGS {
        for screen in Screen::ALL.into_iter().filter(|it| it.fits(standing)) {
            if let Some(back) = screen.back()
                && standing != Standing::Restoring
            {
                assert!(
                    back.fits(standing),
                    "{screen:?} to {back:?} as {standing:?}"
                );
            }
        }
    }
}

#[test]
fn screens_for_a_new_owner_end_when_somebody_owns_the_hub() {
    for screen in [
        Screen::Choose,
        Screen::Name,
        Screen::Passphrase,
        Screen::RestoreWords,
    ] {
        assert!(screen.fits(Standing::Unowned) && !screen.fits(Standing::Unconfirmed));
    }
    assert!(
        !Screen::Words.fits(Standing::Owned),
        "confirmed words are not shown again"
    );
    assert!(!Screen::Machine.fits(Standing::Unconfirmed));
}

#[test]
fn names_of_screens_differ() {
    let mut names: Vec<_> = Screen::ALL.iter().map(|screen| screen.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Screen::ALL.len());
}
