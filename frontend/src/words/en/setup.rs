//! The first start, in English.

use super::super::SetupWords;

/// What is said in English.
pub(super) static WORDS: SetupWords = SetupWords {
    steps: "Steps",
    step_of: |now, all| format!("Step {now} of {all}"),
    step_language: "Language",
    step_identity: "Identity",
    step_machine: "This device",
    step_privacy: "Privacy",
    step_first_answer: "First answer",
    back: "Back",
    next: "Next",

    language_title: "Which language do you want to read?",
    language_text: "You can change it at any time, in Settings.",
    language_of_system: |language| format!("As the system ({language})"),

    choose_title: "Whose HAI-Net is this?",
    choose_text: "An identity makes it yours: with a key of your own, and everything on the disk \
        encrypted. It stays on this device. There is no account and no server.",
    create: "Create a new identity",
    create_about: "For a first device, or for a fresh start.",
    restore: "I have one already",
    restore_about: "From a backup, or from your 24 recovery words.",
    name_title: "What may HAI-Net call you?",
    name_about: "A first name or a nickname is enough.",
    name_missing: "Enter a name to be called by.",
    passphrase_title: "Choose a passphrase",
    passphrase_text: "It opens what is stored here. Nobody can reset it: your recovery words are \
        the only other way in.",
    keychain: "Let this computer’s keychain open it",
    keychain_about: "You are then not asked at each start. Whoever can use your account on this \
        computer can open HAI-Net too.",
    keychain_missing: "This computer has no keychain that HAI-Net could use. The passphrase is \
        asked for at each start.",
    create_now: "Create the identity",
    owned_title: "This HAI-Net has an owner",
    owned_text: "Identity, passphrase and recovery words are set. You can change them later in \
        Settings, under You and security.",

    restore_title: "What do you have?",
    restore_file: "A backup file",
    restore_file_about: "Brings everything back: identity, conversations and settings.",
    restore_words: "Only the 24 words",
    restore_words_about: "Brings your identity back, without conversations.",
    restore_file_title: "Which backup is it?",
    restore_path_missing: "Enter the path of the file.",
    restore_new_passphrase: "Set a new passphrase for this device",
    restore_now: "Restore",
    restore_words_title: "Which are your recovery words?",
    restore_words_text: "Your identity comes back from the words alone. Conversations come only \
        from a backup.",
    restore_words_count: "There must be 24 words.",

    machine_title: "Which model fits this device?",
    measuring: "Measuring how quickly this device writes. This takes a few seconds.",
    measured: |model, speed| {
        format!("{model} wrote {speed} tokens/s here; the other speeds are estimated from that.")
    },
    not_measured: "The speed could not be measured, since no model is here yet.",
    models_about: "A larger model knows more and writes more slowly. People read about six tokens \
        a second.",
    none_fits: "None of them fits into the memory that is free now. Close other programs, or take \
        the smallest.",
    does_not_fit_now: "needs more memory than is free now",
    speed_about: |speed| format!("about {speed} tokens/s"),
    recommended: "recommended here",
    in_use: "answers now",
    model_answers: |model| format!("{model} answers your questions."),
    next_without_model: "Go on without a model",

    privacy_title: "Everything stays here",
    privacy_text: "There is nothing to switch on or off in this step.",
    stays_title: "On this device",
    stays_text: "A model on this device answers. Conversations, settings and your identity are \
        stored here, encrypted.",
    guardian_title: "The guardian",
    guardian_text: "It stands at the only way out. In this version nothing private leaves at all. \
        When something can, it shows you exactly what and asks first.",
    sharing_title: "Sharing is off",
    sharing_text: "Nothing of this device is lent to others, and nothing is taken from them. When \
        sharing comes, it stays off until you agree to it.",
    telemetry_title: "No telemetry",
    telemetry_text: "HAI-Net reports nothing to anyone. The only outside connections are \
        downloads of models that you start yourself.",

    first_title: "Ask your first question",
    first_text: "With it the setup is done. The answer is written on this device.",
    first_no_model: "No model is here yet, so nothing can answer.",
    finish_without: "Finish without a question",
};
