//! What Go prints of a Pod's template, and the hash that is made of it. Models `dump.ForHash` of
//! `k8s.io/utils` (spew's `%#v` with sorted keys) for the structs of `schema/go_structs.txt`, and
//! `ComputeHash` of `pkg/controller/controller_utils.go`.
//! Left out: amounts beyond 18 digits, which Go keeps in another form.

use crate::api::Value;

const STRUCTS: &str = include_str!("schema/go_structs.txt");

/// The letters that names are made of. Models `alphanums` of apimachinery's `util/rand`.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The hash of a Pod's template: the label `pod-template-hash`, or `controller-revision-hash` of a
/// DaemonSet. `collisions`: how often the hash turned out to be another template's, too.
pub fn compute_hash(template: &Value, collisions: Option<i64>) -> String {
    let mut hash = Fnv32a::default();
    let mut dump = Dump { hash: &mut hash };
    dump.typed("PodTemplateSpec", Some(template));
    if let Some(collisions) = collisions {
        let low = collisions as u32;
        hash.write(&u64::from(low).to_le_bytes());
    }
    safe_encode(&hash.0.to_string())
}

/// Text in letters that make no bad words. Models `SafeEncodeString`.
pub fn safe_encode(text: &str) -> String {
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]);
    text.bytes().map(letter).collect()
}

/// FNV-1a of 32 bits. Models `hash/fnv`.
#[derive(Clone, Copy, Debug)]
pub struct Fnv32a(pub u32);

impl Default for Fnv32a {
    fn default() -> Self {
        Fnv32a(0x811c_9dc5)
    }
}

impl Fnv32a {
    /// Goes on with these bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }
}

/// What is printed goes into the hash alone.
struct Dump<'h> {
    hash: &'h mut Fnv32a,
}

impl Dump<'_> {
    fn put(&mut self, text: &str) {
        self.hash.write(text.as_bytes());
    }

    /// A value with its type before it, as fields have it.
    fn typed(&mut self, of: &str, value: Option<&Value>) {
        self.put("(");
        self.type_name(of);
        self.put(")");
        self.value(of, value);
    }

    fn type_name(&mut self, of: &str) {
        if let Some(of) = of.strip_prefix('%') {
            self.put("map[string]");
            return self.type_name(of);
        }
        for sign in ["[]", "*"] {
            if let Some(of) = of.strip_prefix(sign) {
                self.put(sign);
                return self.type_name(of);
            }
        }
        let known = match of {
            "s" => "string",
            "b" => "bool",
            "i" => "int32",
            "l" => "int64",
            "Quantity" => "resource.Quantity",
            "IntOrString" => "intstr.IntOrString",
            _ => {
                let of = of.trim_start_matches('~');
                if !of.contains('.') {
                    self.put("v1.");
                }
                of
            }
        };
        self.put(known);
    }

    fn value(&mut self, of: &str, value: Option<&Value>) {
        let value = value.filter(|value| **value != Value::Null);
        if let Some(of) = of.strip_prefix('*') {
            return match value {
                None => self.put("<nil>"),
                value => self.value(of, value),
            };
        }
        if let Some(of) = of.strip_prefix("[]") {
            return self.list(of, value);
        }
        match of {
            "ResourceList" => self.map("Quantity", value),
            "s" => self.text(value),
            "b" => self.put(match value.and_then(Value::as_bool) {
                Some(true) => "true",
                _ => "false",
            }),
            "i" | "l" => self.number(value.and_then(Value::as_i64).unwrap_or(0)),
            "Time" => self
                .put("{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"),
            "IntOrString" => self.int_or_string(value),
            "Quantity" => self.quantity(value.and_then(Value::as_str).unwrap_or("0")),
            _ => match (of.strip_prefix('%'), of.strip_prefix('~')) {
                (Some(of), _) => self.map(of, value),
                (_, Some(_)) => self.text(value),
                _ => self.fields(of, value),
            },
        }
    }

    fn text(&mut self, value: Option<&Value>) {
        self.put(value.and_then(Value::as_str).unwrap_or_default());
    }

    fn number(&mut self, number: i64) {
        self.put(&number.to_string());
    }

    fn list(&mut self, of: &str, value: Option<&Value>) {
        let items = value.map(Value::items).unwrap_or_default();
        if items.is_empty() {
            return self.put("<nil>");
        }
        for (index, item) in items.iter().enumerate() {
            self.put(if index == 0 { "[" } else { " " });
            self.value(of, Some(item));
        }
        self.put("]");
    }

    fn map(&mut self, of: &str, value: Option<&Value>) {
        let entries = value.and_then(Value::as_map).filter(|map| !map.is_empty());
        let Some(entries) = entries else {
            return self.put("<nil>");
        };
        for (index, (key, value)) in entries.iter().enumerate() {
            self.put(if index == 0 { "map[" } else { " " });
            self.put(key);
            self.put(":");
            self.value(of, Some(value));
        }
        self.put("]");
    }

    fn fields(&mut self, of: &str, value: Option<&Value>) {
        let line = STRUCTS
            .lines()
            .find_map(|line| line.strip_prefix(of)?.strip_prefix(':'));
        let fields = line.unwrap_or_default().split(',');
        for (index, field) in fields.enumerate() {
            self.put(if index == 0 { "{" } else { " " });
            if let Some(embedded) = field.strip_prefix('+') {
                self.put(embedded);
                self.put(":");
                self.typed(embedded, value);
                continue;
            }
            let (names, of) = field.split_once(' ').unwrap_or((field, "s"));
            let (name, go) = names.split_once('=').unwrap_or((names, ""));
            if go.is_empty() {
                let mut letters = name.chars();
                let first = letters.next().unwrap_or_default().to_ascii_uppercase();
                self.put(first.encode_utf8(&mut [0; 4]));
                self.put(letters.as_str());
            } else {
                self.put(go);
            }
            self.put(":");
            self.typed(of, value.and_then(|value| value.get(name)));
        }
        self.put("}");
    }

    fn int_or_string(&mut self, value: Option<&Value>) {
        let (kind, number, text) = match value {
            Some(Value::String(text)) => ("1", 0, &**text),
            Some(Value::Int(number)) => ("0", *number, ""),
            _ => ("0", 0, ""),
        };
        self.put("{Type:(intstr.Type)");
        self.put(kind);
        self.put(" IntVal:(int32)");
        self.number(number);
        self.put(" StrVal:(string)");
        self.put(text);
        self.put("}");
    }

    /// Models `ParseQuantity` of text in canonical form.
    fn quantity(&mut self, text: &str) {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let suffix = &text[digits.len()..];
        let number: i64 = digits.parse().unwrap_or(0);
        let power = |suffixes: &str| suffixes.split(' ').position(|one| one == suffix);
        let (value, scale, format, is_kept) = if let Some(power) = power("Ki Mi Gi Ti Pi Ei") {
            let value = number.wrapping_shl(10 * (power as u32 + 1));
            (value, 0, "BinarySI", number & 7 != 0)
        } else {
            let power = power("n u m  k M G T P E").map_or(0, |power| 3 * power as i64 - 9);
            let is_kept = text == "0" || !(digits.ends_with("000") || digits.starts_with('0'));
            (number, power, "DecimalSI", is_kept)
        };
        self.put("{i:(resource.int64Amount){value:(int64)");
        self.number(value);
        self.put(" scale:(resource.Scale)");
        self.number(scale);
        self.put("} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)");
        self.put(if is_kept { text } else { "" });
        self.put(" Format:(resource.Format)");
        self.put(format);
        self.put("}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;

    fn template(app: &str, image: &str, policy: &str, cpu: Option<&str>) -> Value {
        let mut container = fields! {
            "name" => "nginx", "image" => image, "imagePullPolicy" => policy,
            "terminationMessagePath" => "/dev/termination-log", "terminationMessagePolicy" => "File",
        };
        if let Some(cpu) = cpu {
            container.set(&["resources", "requests", "cpu"], cpu);
        }
        fields! {
            "metadata" => fields! { "labels" => fields! { "app" => app } },
            "spec" => fields! {
                "containers" => [container].into_iter().collect::<Value>(),
                "dnsPolicy" => "ClusterFirst", "restartPolicy" => "Always",
                "schedulerName" => "default-scheduler", "securityContext" => Value::map(),
                "terminationGracePeriodSeconds" => 30,
            },
        }
    }

    #[test]
    fn hashes_are_those_of_the_real_kubernetes() {
        // From recorded answers of kubectl: cases scale-01, output-01, rollout-01, -04 and -08.
        for (app, image, policy, cpu, hash) in [
            ("a", "nginx", "Always", None, "8488986877"),
            ("b", "nginx", "Always", None, "68479d8658"),
            ("web", "nginx", "Always", None, "7887448d46"),
            ("web", "nginx:1.27", "IfNotPresent", None, "7d876db474"),
            ("web", "nginx:1.28", "IfNotPresent", None, "697578869"),
            (
                "web",
                "nginx:1.27",
                "IfNotPresent",
                Some("100"),
                "7cbf7fbd76",
            ),
            ("web", "nginx:2", "IfNotPresent", None, "5f8c75b5b8"),
            ("web", "nginx:2", "Always", None, "5697c88874"),
        ] {
            let found = compute_hash(&template(app, image, policy, cpu), None);
            assert_eq!(found, hash, "{app} {image} {policy} {cpu:?}");
        }
    }

    #[test]
    fn every_type_of_a_field_is_known() {
        let known = |name: &str| {
            let is_it = |line: &str| line.split(':').next() == Some(name);
            STRUCTS.lines().any(is_it)
        };
        let plain = "s b i l Time IntOrString Quantity ResourceList ManagedFieldsEntry";
        let lines = STRUCTS.lines().filter(|line| !line.starts_with('#'));
        for field in lines.flat_map(|line| line.split_once(':').expect("a struct").1.split(',')) {
            let of = field
                .rsplit([' ', '+', '*', ']', '%'])
                .next()
                .expect("a type");
            let is_known = plain.split(' ').any(|one| one == of) || of.starts_with('~');
            assert!(is_known || known(of), "{field}");
        }
    }
}
