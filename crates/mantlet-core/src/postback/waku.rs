//! Waku before 0.25: a path names the function that runs with the parameters of the query, `/RSC/F/module/name.txt`.

/// It takes an underscore off the start of what stands behind this.
const FOLDER: &[u8] = b"RSC";
const FUNCTIONS: [&[u8]; 2] = [b"F", b"_F"];

/// Whether a path, decoded, is that of a function.
pub(super) fn is_in_path(path: &[u8]) -> bool {
    let segments = || path.split(|byte| *byte == b'/');
    let is_function = |(folder, segment)| folder == FOLDER && FUNCTIONS.contains(&segment);
    path.ends_with(b".txt") && segments().zip(segments().skip(1)).any(is_function)
}

#[cfg(test)]
mod tests {
    use crate::postback::is_in_path;

    #[test]
    fn functions_are_found_in_paths() {
        for (path, expected) in [
            ("/RSC/F/assets/rsf0-9e78458df/pay.txt", true),
            ("/base/RSC/_F/assets/actions/pay.txt", true),
            ("/RSC/%46/assets/actions/p%61y.t%78t", true),
            ("/RSC/R/shop.txt", false),
            ("/RSC/F/shop.png", false),
            ("/F/shop.txt", false),
        ] {
            assert_eq!(is_in_path(path), expected, "{path}");
        }
    }
}
