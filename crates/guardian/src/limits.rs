//! Every bound of the guardian, with its reason. Beyond a bound it refuses; it never lets pass.

/// Bytes that are decided together: a unit ends at the first blank after them.
///
/// Small, so that a stream hands words on soon; large enough that its overhead is not felt.
pub const UNIT_BYTES: usize = 128;

/// Bytes before a unit in which a rule may look for words that explain a value.
///
/// A line of text: who says "born on" says it in the same line as the date.
pub const CONTEXT_BYTES: usize = 128;

/// Bytes behind a unit that a rule may look at.
///
/// The longest value that blanks divide: 24 recovery words, an address of two lines, a long own word
/// that was spaced out.
pub const LOOKAHEAD_BYTES: usize = 384;

/// Bytes that stay undecided in the release, since a rule may find out late where a value began.
///
/// A name in front of a title, a local part in front of `(at)`.
pub const LOOKBACK_BYTES: usize = 64;

/// Bytes without a blank that are still looked at as one, and bytes a key block in text form may have.
///
/// An RSA key of 16,384 bits has 13 KiB in PEM; a signed token rarely has more than 8 KiB. What is
/// longer is no text, and is refused.
pub const RUN_BYTES_MAX: usize = 64 * 1024;

/// The most that a stream ever holds back, which is also what bounds its memory: one run of text, what
/// rules look at around it, and a piece as it came in.
pub const HOLDBACK_BYTES_MAX: usize =
    2 * RUN_BYTES_MAX + UNIT_BYTES + CONTEXT_BYTES + LOOKAHEAD_BYTES + 2 * LOOKBACK_BYTES;

/// Bytes of one text. Sixteen long novels; more is not a message.
pub const TEXT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// How often what was found encoded is decoded again: base64 in percent in base64.
pub const DECODING_DEPTH_MAX: usize = 3;

/// Letters of an own word, without blanks and marks. The longest address fits.
pub const OWN_WORD_LETTERS_MAX: usize = 96;

/// Own words of one person: names, addresses and numbers of a large household.
pub const OWN_WORDS_MAX: usize = 10_000;

/// Values that one scan session remembers. A table of customers may have so many; beyond that a
/// person should not send it.
pub const REMEMBERED_MAX: usize = 50_000;

/// How deep JSON may be nested. Deeper than any tool's arguments, shallower than the stack.
pub const JSON_DEPTH_MAX: usize = 64;

/// Values and keys of one JSON text.
pub const JSON_NODES_MAX: usize = 1_000_000;
