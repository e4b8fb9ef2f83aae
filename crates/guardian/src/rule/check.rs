//! Check digits.

/// The value of a digit.
pub(crate) fn value(digit: u8) -> u32 {
    u32::from(digit.wrapping_sub(b'0'))
}

/// The number that a few digits write; the largest number there is where they write a larger one.
pub(crate) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0_u64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(u64::from(value(*digit)))
    })
}

/// Luhn's check, on the last digit.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, value(*digit)) {
            (0, single) => single,
            (_, doubled @ 0..5) => doubled * 2,
            (_, doubled) => doubled * 2 - 9,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != b'0')
}

/// The sum of digits times weights.
pub(crate) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| value(*digit) * weight)
        .sum()
}

/// ISO 7064, MOD 97-10 over digits and letters, as IBANs use it.
pub(crate) fn mod97(letters: impl Iterator<Item = u8>) -> u32 {
    letters.fold(0, |rest, letter| match letter {
        b'0'..=b'9' => (rest * 10 + value(letter)) % 97,
        other => (rest * 100 + u32::from(other.to_ascii_uppercase() - b'A') + 10) % 97,
    })
}

/// ISO 7064, MOD 11-10: the German tax number, the Croatian OIB.
pub(crate) fn mod11_10(digits: &[u8]) -> bool {
    let Some((last, rest)) = digits.split_last() else {
        return false;
    };
    let product = rest.iter().fold(10, |product, digit| {
        let sum = match (product + value(*digit)) % 10 {
            0 => 10,
            sum => sum,
        };
        sum * 2 % 11
    });
    (11 - product) % 10 == value(*last)
}

/// Verhoeff's check: the Indian Aadhaar.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    const TURNS: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    // Multiplication of the symmetries of a pentagon.
    let times = |left: u8, right: u8| match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => (left + right - 5) % 5 + 5,
        (false, true) => (left - right + 5) % 5 + 5,
        (false, false) => (left + 5 - right) % 5,
    };
    let end = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |so_far, (place, digit)| {
            let turned = TURNS[place % 8][usize::from((digit - b'0') % 10)];
            times(so_far, turned)
        });
    end == 0
}

/// Whether year of the century, month and day can be a date.
pub(crate) fn is_day(month: u64, day: u64) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_pass_and_a_changed_digit_fails() {
        type Check = fn(&[u8]) -> bool;
        let cases: [(&str, Check); 4] = [
            ("4111111111111111", luhn),
            ("79927398713", luhn),
            ("86095742719", mod11_10),
            ("2363", verhoeff),
        ];
        for (good, check) in cases {
            assert!(check(good.as_bytes()), "{good}");
            for place in 0..good.len() {
                let mut wrong = good.as_bytes().to_vec();
                wrong[place] = b'0' + (wrong[place] - b'0' + 1) % 10;
                assert!(!check(&wrong), "{good} with another digit {place}");
            }
        }
        assert_eq!(mod97("370400440532013000DE89".bytes()), 1);
        assert_ne!(mod97("370400440532013001DE89".bytes()), 1);
    }

    #[test]
    fn zeros_alone_are_no_number() {
        assert!(!luhn(b"0000000000000000"));
    }
}
