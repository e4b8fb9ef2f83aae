//! The ways in which ggml stores numbers: how many make a block, and how many bytes a block takes.

/// How ggml stores the numbers of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TensorType {
    /// Numbers in a block; the first dimension must be a multiple of it.
    pub(crate) numbers: u64,
    /// Bytes of a block.
    pub(crate) bytes: u64,
}

impl TensorType {
    /// The type that a file means by `id`; `None` for an unknown or withdrawn one.
    ///
    /// The ids 4, 5, 31–33 and 36–38 were given to formats that no engine reads any more.
    pub(crate) const fn from_id(id: u32) -> Option<Self> {
        let (numbers, bytes) = match id {
            0 | 26 => (1, 4),
            1 | 25 | 30 => (1, 2),
            24 => (1, 1),
            27 | 28 => (1, 8),
            2 | 20 => (32, 18),
            3 => (32, 20),
            6 => (32, 22),
            7 => (32, 24),
            8 => (32, 34),
            9 => (32, 36),
            10 => (256, 84),
            11 | 21 => (256, 110),
            12 => (256, 144),
            13 => (256, 176),
            14 => (256, 210),
            15 => (256, 292),
            16 | 35 => (256, 66),
            17 => (256, 74),
            18 => (256, 98),
            19 => (256, 50),
            22 => (256, 82),
            23 => (256, 136),
            29 => (256, 56),
            34 => (256, 54),
            39 => (32, 17),
            40 => (64, 36),
            41 => (128, 18),
            42 => (64, 18),
            _ => return None,
        };
        Some(Self { numbers, bytes })
    }
}

/// The name of a `general.file_type` number, as people write it in file names.
pub(crate) const fn quantisation_name(file_type: u64) -> Option<&'static str> {
    Some(match file_type {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        21 => "Q2_K_S",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        28 => "IQ2_S",
        29 => "IQ2_M",
        30 => "IQ4_XS",
        31 => "IQ1_M",
        32 => "BF16",
        36 => "TQ1_0",
        37 => "TQ2_0",
        38 => "MXFP4",
        39 => "NVFP4",
        40 => "Q1_0",
        41 => "Q2_0",
        _ => return None,
    })
}
