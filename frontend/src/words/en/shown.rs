//! Views that an answer proposes, in English.

use super::super::ShownWords;

/// What is said in English.
pub(super) static WORDS: ShownWords = ShownWords {
    part_of_answer: "Part of the answer",
    as_table: "The numbers as a table",
    point: "Point",
    chart_of: |title| format!("Chart: {title}"),
    ticked: |done, all| format!("{done} of {all} ticked"),
    ticks_stay_here: "Ticks are kept until the page is closed.",
    form_sends: "What you fill in is sent as your next message.",
    form_send: "Send as my message",
    form_choose: "Choose",
    form_required: "required",
    form_nothing: "Fill in something first.",
    form_sent: "Sent as your message.",
};
