//! The starter model itself, where this machine has it.

use std::path::PathBuf;

fn starter() -> Option<PathBuf> {
    let named = std::env::var_os("HAI_NET_STARTER_MODEL").map(PathBuf::from);
    let folder = std::env::var_os("HAI_NET_MODEL_DIR")
        .map(PathBuf::from)
        .or_else(|| {
            let home = std::env::home_dir()?;
            let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
            Some(
                data.unwrap_or_else(|| home.join(".local/share"))
                    .join("hai-net/models"),
            )
        });
    let in_folder = folder.map(|folder| folder.join("SmolLM2-135M-Instruct.Q4_1.gguf"));
    [named, in_folder]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}

#[test]
fn starter_model_passes_and_is_summed_up() {
    let Some(path) = starter() else {
        println!("the starter model is not on this machine: nothing to check");
        return;
    };
    let header = gguf::check_file(&path).expect("the starter is a good model");
    assert_eq!(header.architecture, "llama");
    assert_eq!(header.quantisation.as_deref(), Some("Q4_1"));
    assert_eq!(header.parameters, 134_515_008);
    assert_eq!(header.context_tokens, Some(8192));
    assert_eq!(header.blocks, Some(30));
    assert_eq!((header.heads, header.heads_kv), (Some(9), Some(3)));
    assert!(header.has_chat_template);
    // 30 blocks × 3 heads × 128 numbers × 2 bytes = 23 040 bytes a token.
    assert_eq!(header.context_bytes(4096), 94_371_840);
}
