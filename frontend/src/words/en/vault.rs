//! What opens the hub, in English.

use super::super::VaultWords;

/// What is said in English.
pub(super) static WORDS: VaultWords = VaultWords {
    passphrase: "Passphrase",
    passphrase_now: "Passphrase until now",
    show_passphrase: "Show what is typed",
    new_passphrase: "New passphrase",
    new_passphrase_again: "The same once more",
    passphrase_hint: "Several ordinary words in random order are strong and easy to keep in mind.",
    passphrase_empty: "Enter a passphrase, or take a suggested one.",
    passphrase_weak: "This passphrase could be guessed. Make it longer, or take a suggested one.",
    passphrase_different: "The two are not the same. Type the second one again.",
    strength: "Strength",
    strength_none: "Guessed at once.",
    strength_weak: "Weak.",
    strength_fair: "Could be guessed.",
    strength_good: "Strong.",
    strength_best: "Very strong.",
    suggest: "Use a suggested one",
    suggest_another: "Suggest another one",
    suggested: "It stands in both fields now. Write it down or learn it: HAI-Net cannot show it \
        again.",
    one_moment: "One moment",
    use_words: "Use recovery words instead",
    use_passphrase: "Use the passphrase instead",

    name: "Name to be called by",
    details_title: "Details for the guardian, optional",
    details_why: "They help the guardian notice when they are about to leave. They are encrypted \
        here and never sent.",
    detail_full_name: "Full name",
    detail_birth_date: "Date of birth",
    detail_government_id: "Number of a passport or identity card",
    detail_email: "E-mail address",

    unlock_title: "HAI-Net is locked",
    unlock_text: "Everything stored here is encrypted. Your passphrase opens it.",
    unlock: "Unlock",
    unlocking: "Unlocking, about a second",
    next_try_in: |seconds| format!("The next passphrase can be tried in {seconds} s."),
    has_neither: "I have neither passphrase nor words",
    has_neither_text: "Then nobody can read what is stored here, HAI-Net included. You can erase \
        everything and begin anew. Models stay.",
    keychain_trouble: "This computer’s keychain did not open it",
    opened_with_words: "Opened with your recovery words. You can set a new passphrase in \
        Settings, under You and security.",

    recovery_words: "Recovery words",
    recovery_words_hint: "All 24 in their order, with spaces between them.",
    words_count: |have, all| format!("{have} of {all} words."),
    words_title: "Write down your recovery words",
    words_why: "These 24 words open everything again when the passphrase is forgotten or this \
        device is lost. They are shown now, and not again once they are confirmed.",
    words_paper: "Write them on paper, by hand. Do not photograph or print them, and keep them in \
        no file.",
    words_order: "Keep their order: the number and the word.",
    words_nobody: "Whoever has them has everything. Nobody from HAI-Net ever asks for them.",
    words_written: "I have written them down",
    words_again: "The recovery words were not confirmed yet. Enter your passphrase to see them \
        again.",
    words_show: "Show the words",
    words_confirmed: "The recovery words are confirmed.",
    quiz_title: "Three of your words",
    quiz_text: "To be sure that they stand on your paper: type the words with these numbers.",
    quiz_word: |place| format!("Word {place}"),
    quiz_wrong: "What is marked is another word. Look at your paper, or at the words once more.",
    quiz_look: "See the words again",
    quiz_check: "Check",

    backup_path: "File of the backup",
    backup_path_example: "/home/ada/hai-net.age",
    backup_path_hint: "The whole path of the file on the computer that HAI-Net runs on. Its name \
        usually ends in .age.",
    backup_passphrase: "Passphrase of the backup",
    backup_creating: "Making the backup.",
    backup_verifying: "Checking the backup.",
    backup_restoring: "Restoring.",
    backup_stopping: "Stopping",
    amount_of: |done, total| format!("{done} of {total}"),
};
