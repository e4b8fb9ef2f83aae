//! Finding files by name and by what they say.

use std::collections::VecDeque;
use std::io::Read as _;
use std::time::{Duration, Instant};

use cap_std::fs::Dir;

use super::error::FileError;
use super::folders::{Folders, Place};
use super::place::{is_ours, open_plain};

/// Files that a search gives at most: a model that gets more does not read them.
const HITS_MAX: usize = 100;

/// Entries that a search looks at. A home folder of a busy person has fewer outside of caches.
const LOOKED_AT_MAX: usize = 200_000;

/// How deep a search goes: deeper folders are made by programs.
const DEPTH_MAX: usize = 32;

/// Files larger than this are not searched for what they say.
const CONTENT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How long a search takes at most: as long as a person waits for an answer.
const SEARCH_TIME_MAX: Duration = Duration::from_secs(20);

/// Characters of the line that a hit shows.
const LINE_CHARS_MAX: usize = 300;

/// What is searched for. With neither name nor content, everything is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The folder to search in; all granted folders without one.
    pub folder: Option<String>,
    /// Part of the name, in any case. `*` stands for any letters and `?` for one; then the whole name has
    /// to fit.
    pub name: Option<String>,
    /// Words that a line of the file holds, in any case.
    pub content: Option<String>,
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its path, as the other calls take it.
    pub path: String,
    /// The first line that holds the words, counted from one, and what it says.
    pub line: Option<(usize, String)>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The files.
    pub hits: Vec<Hit>,
    /// Whether the search ended before it had seen everything.
    pub cut: bool,
}

impl Folders {
    /// Searches for files. Links are not followed, so that a search never goes in circles.
    ///
    /// # Errors
    /// The folder to search in cannot be reached. What cannot be read further below is passed over.
    pub fn search(&self, wanted: &Search) -> Result<Found, FileError> {
        let mut walk = Walk {
            until: Instant::now() + SEARCH_TIME_MAX,
            looked_at: 0,
            wanted: Wanted::of(wanted),
            found: Found {
                hits: Vec::new(),
                cut: false,
            },
        };
        let places = match &wanted.folder {
            Some(folder) => vec![self.place(folder)?],
            None => self
                .roots()
                .iter()
                .map(|root| Place {
                    root,
                    parts: Vec::new(),
                })
                .collect(),
        };
        for place in places {
            let dir = place.root.dir.open_dir(place.inside());
            let dir = dir.map_err(FileError::of("opening the folder"))?;
            walk.from(dir, place.shown());
        }
        walk.found
            .hits
            .sort_by(|one, other| one.path.cmp(&other.path));
        Ok(walk.found)
    }
}

struct Wanted {
    name: Option<String>,
    content: Option<String>,
}

impl Wanted {
    fn of(search: &Search) -> Self {
        let small = |text: &String| text.to_lowercase();
        Self {
            name: search.name.as_ref().map(small),
            content: search.content.as_ref().map(small),
        }
    }
}

struct Walk {
    until: Instant,
    looked_at: usize,
    wanted: Wanted,
    found: Found,
}

impl Walk {
    fn from(&mut self, dir: Dir, shown: String) {
        let mut folders = VecDeque::from([(dir, shown, 0)]);
        while let Some((dir, shown, depth)) = folders.pop_front() {
            let Ok(entries) = dir.entries() else {
                continue;
            };
            for entry in entries.flatten() {
                if self.is_enough() {
                    return;
                }
                self.looked_at += 1;
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                let path = format!("{shown}/{name}");
                if is_ours(&name) {
                    continue;
                }
                if kind.is_file() {
                    self.file(&dir, &name, path);
                } else if kind.is_dir() && depth == DEPTH_MAX {
                    self.found.cut = true;
                } else if kind.is_dir()
                    && let Ok(inside) = entry.open_dir()
                {
                    folders.push_back((inside, path, depth + 1));
                }
            }
        }
    }

    fn is_enough(&mut self) -> bool {
        self.found.cut |= self.found.hits.len() >= HITS_MAX
            || self.looked_at >= LOOKED_AT_MAX
            || Instant::now() >= self.until;
        self.found.cut
    }

    fn file(&mut self, dir: &Dir, name: &str, path: String) {
        if let Some(wanted) = &self.wanted.name
            && !fits(wanted, &name.to_lowercase())
        {
            return;
        }
        let line = match &self.wanted.content {
            None => None,
            Some(words) => match line_with(dir, name, words) {
                Some(line) => Some(line),
                None => return,
            },
        };
        self.found.hits.push(Hit { path, line });
    }
}

fn line_with(dir: &Dir, name: &str, words: &str) -> Option<(usize, String)> {
    let (file, bytes) = open_plain(dir, name).ok()?;
    if bytes > CONTENT_BYTES_MAX {
        return None;
    }
    let mut content = Vec::new();
    file.take(CONTENT_BYTES_MAX)
        .read_to_end(&mut content)
        .ok()?;
    if content.contains(&0) {
        return None;
    }
    let text = String::from_utf8_lossy(&content);
    let at = text
        .lines()
        .position(|line| line.to_lowercase().contains(words))?;
    let line = text.lines().nth(at)?.trim();
    Some((at + 1, line.chars().take(LINE_CHARS_MAX).collect()))
}

/// Whether a name fits: as a part, or as a whole with `*` and `?`.
fn fits(wanted: &str, name: &str) -> bool {
    if !wanted.contains(['*', '?']) {
        return name.contains(wanted);
    }
    let (wanted, name): (Vec<char>, Vec<char>) = (wanted.chars().collect(), name.chars().collect());
    let (mut w, mut n) = (0, 0);
    // Where the last `*` stood, and how far it reached: it takes one letter more when the rest fails.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if wanted.get(w) == Some(&'*') {
            star = Some((w, n));
            w += 1;
        } else if wanted.get(w) == Some(&'?') || wanted.get(w) == name.get(n) {
            (w, n) = (w + 1, n + 1);
        } else if let Some((at, reached)) = star {
            star = Some((at, reached + 1));
            (w, n) = (at + 1, reached + 1);
        } else {
            return false;
        }
    }
    wanted[w..].iter().all(|left| *left == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_name_fits_as_a_part_or_as_a_whole_pattern() {
        for (wanted, name, fit) in [
            ("tax", "my-tax-2025.pdf", true),
            ("*.pdf", "my-tax-2025.pdf", true),
            ("*.pdf", "my-tax-2025.pdf.txt", false),
            ("my*2?25*", "my-tax-2025.pdf", true),
            ("?", "ab", false),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("über*", "über uns.md", true),
        ] {
            assert_eq!(fits(wanted, name), fit, "{wanted} and {name}");
        }
    }
}
