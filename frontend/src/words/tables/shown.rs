//! Views that an answer proposes.

use super::super::{Plain, With1, WithCounts};

words! {
    /// Views that an answer proposes.
    ShownWords;

    /// All of them.
    part_of_answer: Plain,
    as_table: Plain,
    point: Plain,
    chart_of: With1,
    ticked: WithCounts,
    ticks_stay_here: Plain,
    form_sends: Plain,
    form_send: Plain,
    form_choose: Plain,
    form_required: Plain,
    form_nothing: Plain,
    form_sent: Plain,
}
