//! The descriptions of the tensors: name, shape, type and place of each.

use std::collections::HashSet;
use std::io::{Read, Seek};

use crate::error::{GgufError, TensorFault};
use crate::limits::{DIMENSIONS_MAX, TENSOR_NAME_BYTES_MAX};
use crate::source::Source;
use crate::tensor_type::TensorType;

/// Where a tensor lies, from the start of the data.
#[derive(Debug)]
struct Place {
    name: String,
    offset: u64,
    bytes: u64,
}

/// All tensors of a file.
#[derive(Debug)]
pub(crate) struct Tensors {
    places: Vec<Place>,
    /// Numbers in all tensors together.
    pub(crate) parameters: u64,
    /// Bytes of all tensors together.
    pub(crate) bytes: u64,
}

impl Tensors {
    /// Reads and checks the descriptions of `count` tensors.
    pub(crate) fn read<R: Read + Seek>(
        source: &mut Source<'_, R>,
        count: u64,
        alignment: u64,
    ) -> Result<Self, GgufError> {
        let mut tensors = Self {
            places: Vec::new(),
            parameters: 0,
            bytes: 0,
        };
        let mut names = HashSet::new();
        for index in 0..count {
            let name = read_name(source, index)?;
            if !names.insert(name.clone()) {
                return Err(GgufError::DuplicateTensor { name });
            }
            let (numbers, bytes) = read_shape(source, &name)?;
            let offset = source.u64("a tensor's place")?;
            if offset % alignment != 0 {
                let fault = TensorFault::Alignment { offset, alignment };
                return Err(GgufError::Tensor { name, fault });
            }
            tensors.parameters = tensors.parameters.saturating_add(numbers);
            tensors.bytes = tensors.bytes.saturating_add(bytes);
            tensors.places.push(Place {
                name,
                offset,
                bytes,
            });
        }
        Ok(tensors)
    }

    /// Checks that each tensor lies within the file and on none of the others.
    pub(crate) fn check_places(mut self, data: u64, file_bytes: u64) -> Result<Self, GgufError> {
        self.places.sort_by_key(|place| place.offset);
        let mut earlier: Option<(&Place, u64)> = None;
        for place in &self.places {
            let end = place
                .offset
                .checked_add(place.bytes)
                .filter(|end| end.checked_add(data).is_some_and(|end| end <= file_bytes));
            let Some(end) = end else {
                let end = data
                    .saturating_add(place.offset)
                    .saturating_add(place.bytes);
                let fault = TensorFault::Outside { end, file_bytes };
                return Err(GgufError::Tensor {
                    name: place.name.clone(),
                    fault,
                });
            };
            if let Some((first, first_end)) = earlier
                && place.offset < first_end
            {
                let (first, second) = (first.name.clone(), place.name.clone());
                return Err(GgufError::Overlap { first, second });
            }
            earlier = Some((place, end));
        }
        Ok(self)
    }
}

fn read_name<R: Read + Seek>(source: &mut Source<'_, R>, index: u64) -> Result<String, GgufError> {
    let bytes = source.text("the length of a tensor's name", TENSOR_NAME_BYTES_MAX)?;
    // A zero byte would end the name early in C, and two tensors could then have one name.
    if bytes.is_empty() || bytes.iter().any(u8::is_ascii_control) {
        return Err(GgufError::TensorName { index });
    }
    String::from_utf8(bytes).map_err(|_| GgufError::TensorName { index })
}

/// Numbers and bytes of the tensor whose dimensions and type come next.
fn read_shape<R: Read + Seek>(
    source: &mut Source<'_, R>,
    name: &str,
) -> Result<(u64, u64), GgufError> {
    let wrong = |fault| GgufError::Tensor {
        name: name.to_owned(),
        fault,
    };
    let dimensions = source.u32("a tensor's dimensions")?;
    if !(1..=DIMENSIONS_MAX).contains(&dimensions) {
        return Err(wrong(TensorFault::Dimensions(dimensions)));
    }
    let mut numbers: u64 = 1;
    let mut row = 0;
    for dimension in 0..dimensions {
        let length = source.u64("a tensor's dimensions")?;
        if length == 0 {
            return Err(wrong(TensorFault::EmptyDimension));
        }
        if dimension == 0 {
            row = length;
        }
        // The engine counts in signed numbers: the product must fit those.
        numbers = numbers
            .checked_mul(length)
            .filter(|product| i64::try_from(*product).is_ok())
            .ok_or_else(|| wrong(TensorFault::Overflow))?;
    }
    let id = source.u32("a tensor's type")?;
    let kind = TensorType::from_id(id).ok_or_else(|| wrong(TensorFault::Type(id)))?;
    if row % kind.numbers != 0 {
        return Err(wrong(TensorFault::Block {
            row,
            block: kind.numbers,
        }));
    }
    let bytes = (numbers / kind.numbers)
        .checked_mul(kind.bytes)
        .filter(|bytes| i64::try_from(*bytes).is_ok())
        .ok_or_else(|| wrong(TensorFault::Overflow))?;
    Ok((numbers, bytes))
}
