use super::*;

fn paths_with(data: Option<&Path>, home: &Path, variables: &[(&str, &Path)]) -> Paths {
    let variables: Vec<(String, OsString)> = variables
        .iter()
        .map(|(name, path)| ((*name).to_owned(), path.into()))
        .collect();
    Paths::from_surroundings(
        data.map(Path::to_path_buf),
        Some(home.to_path_buf()),
        |name| {
            variables
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        },
    )
    .expect("a home folder is given")
}

#[test]
fn hub_of_the_users_own_data_folder_has_the_plain_socket_name() {
    let home = tempfile::tempdir().unwrap();
    let paths = paths_with(None, home.path(), &[]);
    assert_eq!(paths.socket().unwrap().file_name().unwrap(), "hub.sock");
}

#[test]
fn two_data_folders_have_two_sockets_but_one_model_folder() {
    let home = tempfile::tempdir().unwrap();
    let run = tempfile::tempdir().unwrap();
    let variables = [("XDG_RUNTIME_DIR", run.path())];
    let one = paths_with(Some(&home.path().join("one")), home.path(), &variables);
    let two = paths_with(Some(&home.path().join("two")), home.path(), &variables);
    assert_ne!(one.socket().unwrap(), two.socket().unwrap());
    assert_eq!(
        one.models(),
        two.models(),
        "models are shared by all data folders of a user"
    );
}

#[test]
fn data_folder_named_through_a_link_has_the_socket_of_the_real_one() {
    let home = tempfile::tempdir().unwrap();
    let real = home.path().join("real");
    std::fs::create_dir(&real).unwrap();
    let link = home.path().join("link");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&real, &link).unwrap();
    #[cfg(unix)]
    assert_eq!(
        paths_with(Some(&link), home.path(), &[]).data(),
        paths_with(Some(&real), home.path(), &[]).data(),
    );
}

#[test]
fn socket_name_is_the_same_before_and_after_the_folder_exists() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("a/b/c");
    let before = paths_with(Some(&data), home.path(), &[]);
    before.create().unwrap();
    let after = paths_with(Some(&data), home.path(), &[]);
    assert_eq!(before, after);
}

#[test]
fn socket_path_too_long_for_the_kernel_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let paths = paths_with(Some(&home.path().join("x".repeat(120))), home.path(), &[]);
    assert!(matches!(
        paths.socket(),
        Err(PathsError::SocketPathTooLong { .. })
    ));
}

#[test]
fn model_folder_of_the_environment_wins() {
    let home = tempfile::tempdir().unwrap();
    let chosen = Path::new("/srv/models");
    let paths = paths_with(None, home.path(), &[("HAI_NET_MODEL_DIR", chosen)]);
    assert_eq!(paths.models(), chosen);
}

#[cfg(unix)]
#[test]
fn new_folder_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;

    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("deep/er");
    make_private_folder(&folder).unwrap();
    assert_eq!(
        folder.metadata().unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[cfg(unix)]
#[test]
fn folder_with_files_into_which_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("file"), "x").unwrap();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let refused = make_private_folder(home.path());
    assert!(
        matches!(refused, Err(FolderError::WritableByOthers { .. })),
        "{refused:?}"
    );
}

#[cfg(unix)]
#[test]
fn folder_of_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a folder away.
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("theirs");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::chown(&folder, Some(12_345), None).unwrap();
    let refused = make_private_folder(&folder);
    assert!(
        matches!(
            refused,
            Err(FolderError::BelongsToAnother { owner: 12_345, .. })
        ),
        "{refused:?}"
    );
}

#[test]
fn file_in_place_of_the_folder_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(matches!(
        make_private_folder(&file),
        Err(FolderError::NotAFolder { .. })
    ));
}
