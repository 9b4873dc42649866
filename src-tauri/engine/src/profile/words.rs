//! Names as words, and words as labels.

/// Words that stay in capitals.
const ACRONYMS: &[&str] = &[
    "ai", "api", "aql", "bom", "cad", "cc", "eori", "gl", "id", "itar", "json", "mrp", "pdf",
    "pin", "po", "rfq", "sku", "sms", "uom", "url", "vat",
];

/// The words of a name in camelCase or snake_case.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (i, &letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(i + 1);
        let begins = if letter.is_ascii_digit() {
            before.is_some_and(|c| c.is_lowercase())
        } else {
            letter.is_uppercase()
                && (before.is_some_and(|c| !c.is_uppercase())
                    || before.is_some_and(|c| c.is_uppercase())
                        && after.is_some_and(|c| c.is_lowercase()))
        };
        if begins || !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.push(letter);
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Words as a label: the first with a capital, the others small, acronyms in capitals.
pub(super) fn sentence(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        let small = word.to_lowercase();
        let spelled = if ACRONYMS.contains(&small.as_str()) {
            small.to_uppercase()
        } else {
            small
        };
        if text.is_empty() {
            let mut letters = spelled.chars();
            text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            text.push_str(letters.as_str());
        } else {
            text.push(' ');
            text.push_str(&spelled);
        }
    }
    text
}

/// Words that have no plural, or are one.
const UNCOUNTED: &[&str] = &[
    "access",
    "data",
    "equipment",
    "history",
    "information",
    "inventory",
    "metadata",
    "news",
    "people",
    "staff",
    "stock",
];

/// The words of a name, small and in the singular: what it is about.
pub(super) fn stems(name: &str) -> Vec<String> {
    words(name)
        .iter()
        .map(|word| singular(&word.to_lowercase()))
        .collect()
}

/// An English word in the singular, as far as its ending tells.
fn singular(word: &str) -> String {
    let endings = [
        ("people", "person"),
        ("children", "child"),
        ("statuses", "status"),
        ("aliases", "alias"),
        ("ies", "y"),
        ("sses", "ss"),
        ("shes", "sh"),
        ("ches", "ch"),
        ("xes", "x"),
    ];
    for (plural, singular) in endings {
        if let Some(stem) = word.strip_suffix(plural)
            && (stem.len() > 1 || plural.len() > 3)
        {
            return format!("{stem}{singular}");
        }
    }
    let keeps_its_s = ["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    match word.strip_suffix('s') {
        Some(stem) if !keeps_its_s && stem.len() > 1 && word != "news" => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// An English word in the plural; one that is in the plural already stays.
fn plural(word: &str) -> String {
    if UNCOUNTED.contains(&word) || singular(word) != word {
        return word.to_owned();
    }
    let consonant_y = word
        .strip_suffix('y')
        .filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    if let Some(stem) = consonant_y {
        return format!("{stem}ies");
    }
    match word {
        "person" => "people".to_owned(),
        "child" => "children".to_owned(),
        _ if ["s", "x", "z", "ch", "sh"]
            .iter()
            .any(|end| word.ends_with(end)) =>
        {
            format!("{word}es")
        }
        _ => format!("{word}s"),
    }
}

/// A name as a label in the plural: what people call the rows of a table.
pub(super) fn plural_label(name: &str) -> String {
    let mut words = words(name);
    if let Some(last) = words.last_mut() {
        *last = plural(&last.to_lowercase());
    }
    sentence(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str) -> String {
        sentence(&words(name))
    }

    #[test]
    fn names_become_words() {
        assert_eq!(label("unitPrice"), "Unit price");
        assert_eq!(label("unit_price"), "Unit price");
        assert_eq!(label("createdAt"), "Created at");
        assert_eq!(label("addressLine2"), "Address line 2");
        assert_eq!(label("acknowledgedITAR"), "Acknowledged ITAR");
        assert_eq!(label("glAccountID"), "GL account ID");
        assert_eq!(label("HTTPServer"), "Http server");
        assert_eq!(label("id"), "ID");
        assert_eq!(label("auditLog_"), "Audit log");
        assert_eq!(label("größeMm"), "Größe mm");
    }

    #[test]
    fn words_are_told_by_their_singular() {
        for (name, about) in [
            ("salesOrderLines", "sale order line"),
            ("customer_addresses", "customer address"),
            ("categories", "category"),
            ("status", "status"),
            ("people", "person"),
            ("boxes", "box"),
            ("invoices", "invoice"),
            ("purchases", "purchase"),
        ] {
            assert_eq!(stems(name).join(" "), about);
        }
    }

    #[test]
    fn rows_are_called_by_the_plural() {
        for (name, label) in [
            ("salesOrderLine", "Sales order lines"),
            ("order_lines", "Order lines"),
            ("category", "Categories"),
            ("salesOrderStatusHistory", "Sales order status history"),
            ("address", "Addresses"),
            ("journey", "Journeys"),
        ] {
            assert_eq!(plural_label(name), label);
        }
    }
}
