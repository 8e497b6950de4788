//! Jolokia: what is done to the beans of a Java program stands in the path, or in a parameter where the path is no place for it.

/// Where it is asked: `/actuator/jolokia/exec/…`.
pub(super) const PATH: &[u8] = b"/jolokia";

const OPERATIONS: [&[u8]; 2] = [b"exec", b"write"];

/// Whether a path, decoded, does something.
pub(super) fn is_in_path(path: &[u8]) -> bool {
    memchr::memmem::find_iter(path, PATH)
        .filter_map(|at| path.get(at.saturating_add(PATH.len())..))
        .any(|behind| matches!(behind.first(), Some(b'/' | b';')) && is_operation(behind))
}

/// Whether this is what stands behind the path of Jolokia. It knows its words in any case, and takes what follows an exclamation
/// mark as it is: `/E!xec/`. Its server takes `;x` off a segment.
pub(super) fn is_operation(path: &[u8]) -> bool {
    let segments = path.split(|byte| *byte == b'/').filter_map(|segment| segment.split(|byte| *byte == b';').next());
    let mut segments = segments.skip_while(|segment| segment.is_empty());
    let word = segments.next().unwrap_or_default().iter().filter(|byte| **byte != b'!').map(u8::to_ascii_lowercase);
    OPERATIONS.iter().any(|operation| word.clone().eq(operation.iter().copied()))
}

#[cfg(test)]
mod tests {
    use crate::postback::is_in_path;
    use crate::postback::tests::is_made_by;

    #[test]
    fn operations_are_found_in_queries() {
        for (target, expected) in [
            ("/jolokia?p=exec/java.lang:type=Memory/gc", true),
            ("/actuator/jolokia/?ignoreErrors=true&p=/write%2Fx:type=Y/Z/5", true),
            ("/%6aolokia?p=E%21xEC/x:type=Y/z", true),
            ("/jolokia?p=executor/x:type=Y/z", false),
            ("/jolokia?p=read/java.lang:type=Memory", false),
            ("/jolokia?p=/read/x:type=exec/exec", false),
            ("/search?p=exec/x", false),
        ] {
            assert_eq!(is_made_by(target), expected, "{target}");
        }
    }

    #[test]
    fn operations_are_found_in_paths() {
        for (path, expected) in [
            ("/jolokia/exec/java.lang:type=Memory/gc", true),
            ("/actuator/jolokia/write/x%3Atype=Y/Z/5", true),
            ("/jolokia/%65xec/x:type=Y/z", true),
            ("/jolokia/E!XEC/x:type=Y/z", true),
            ("/jolokia/!w%21rite/x:type=Y/Z/5", true),
            ("/jolokia;a/;b/exec;c/x:type=Y/z", true),
            ("/jolokia-docs/exec/a:b", false),
            ("/jolokia/read/java.lang:type=Memory/exec/", false),
            ("/jolokia/list/java.lang/type=exec:x", false),
            ("/exec/a:b", false),
        ] {
            assert_eq!(is_in_path(path), expected, "{path}");
        }
    }
}
