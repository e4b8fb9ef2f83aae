//! What the linker writes about a program: which function lies where.

/// A function that can be put elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    /// Where it lies, counted from where the program is loaded, in bytes.
    pub(super) address: u64,
    /// As the linker knows it.
    pub(super) symbol: String,
}

/// The column in which names begin; sections of the input are 8 further, symbols in them 16.
const NAMES_AT: usize = 49;

/// The functions that have a section of their own. Code written in assembler has none; it may hold tables
/// among its instructions, and stays as it is.
pub(super) fn functions(map: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    let (mut in_code, mut at_begin) = (false, false);
    for line in map.lines() {
        let Some((numbers, name)) = line.split_at_checked(NAMES_AT) else {
            continue;
        };
        let name_begins = name.trim_start();
        match name.len() - name_begins.len() {
            0 => in_code = name_begins == ".text",
            8 => at_begin = in_code && name_begins.contains(":(.text."),
            16 if at_begin => {
                at_begin = false;
                let address = numbers.split_whitespace().next();
                let address = address.and_then(|it| u64::from_str_radix(it, 16).ok());
                functions.extend(address.map(|address| Function {
                    address,
                    symbol: name_begins.to_owned(),
                }));
            }
            _ => {}
        }
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = "\
             VMA              LMA     Size Align Out     In      Symbol
          aa6fcc           aa6fcc       1c     4 .gcc_except_table
          aa6fcc           aa6fcc       1c     4         one.o:(.gcc_except_table._ZN3one)
          ff9440           ff9440  1921c7c    64 .text
          ff9440           ff9440      120    64         asm.o:(.text)
          ff9440           ff9440        0     1                 asm_begins
          ff9560           ff9560       21     1         one.o:(.text._ZN3one)
          ff9560           ff9560       21     1                 _ZN3one
          ff9560           ff9560       21     1                 _ZN5alias
          ff9581           ff9581       10     1         two.o:(.text.unlikely._ZN3two)
          ff9581           ff9581       10     1                 _ZN3two
         291b0c0          291b0c0     1000    64 .data
         291b0c0          291b0c0     1000    64         two.o:(.text.odd)
         291b0c0          291b0c0     1000    64                 odd
";

    #[test]
    fn functions_with_a_section_of_their_own_are_found_once() {
        let found = functions(MAP);
        let names: Vec<_> = found.iter().map(|it| it.symbol.as_str()).collect();
        assert_eq!(names, ["_ZN3one", "_ZN3two"]);
        assert_eq!(found[1].address, 0xff_9581);
    }

    #[test]
    fn another_text_has_none() {
        assert_eq!(functions("nothing\n\u{e4}\u{f6}\u{fc}"), []);
    }
}
